import type { Decision } from '#shared/events/decision.ts';
import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import type { EventCounts } from './event-counts.ts';
import type { Properties } from './properties.ts';

/**
 * What is known of one subject, folded from everything applied so far. Bounded whatever is applied: see `limits.ts`.
 *
 * Two times order what is folded. `at` is when it happened: the producer's `timestamp`, but never later than its
 * receipt, so that a clock that is fast cannot reach into the future. `received` is when Headgate accepted it.
 */
export interface Profile {
  readonly properties: Properties;
  readonly counts: EventCounts;
  /** Events applied of late, so that a rule can leave out those accepted after the event it looks at. */
  readonly recent: readonly RecentEvent[];
  /** Events whose rules did not hold yet, and might when a message accepted before them still arrives. */
  readonly unsettled: readonly UnsettledEvent[];
  /** The newest decision of each rule, oldest first. */
  readonly decisions: readonly Decision[];
  /** By rule id: `at` of the events that its newest decisions were made for. What cooldowns are measured from. */
  readonly decidedAtMs: Readonly<Record<string, readonly number[]>>;
  readonly firstSeenAtMs: number | null;
  readonly lastSeenAtMs: number | null;
}

interface RecentEvent {
  readonly type: string;
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly appliedAtMs: number;
}

export interface UnsettledEvent {
  readonly event: EventEnvelope;
  /** Ids of the rules that did not hold. */
  readonly rules: readonly string[];
  /** When the event was applied. */
  readonly appliedAtMs: number;
}

export const EMPTY_PROFILE: Profile = {
  properties: {},
  counts: { types: {}, forgotten: 0 },
  recent: [],
  unsettled: [],
  decisions: [],
  decidedAtMs: {},
  firstSeenAtMs: null,
  lastSeenAtMs: null,
};

/** When a message happened and was accepted, in the terms of {@link Profile}. */
export function timesOf(message: { readonly timestamp: string; readonly received_at: string }): {
  readonly atMs: number;
  readonly receivedAtMs: number;
} {
  const receivedAtMs = Date.parse(message.received_at);
  return { atMs: Math.min(Date.parse(message.timestamp), receivedAtMs), receivedAtMs };
}

/** A subject is seen when anything about it is taken in, an event or a change of its properties. */
export function seen(profile: Profile, atMs: number): Profile {
  return {
    ...profile,
    firstSeenAtMs: Math.min(profile.firstSeenAtMs ?? atMs, atMs),
    lastSeenAtMs: Math.max(profile.lastSeenAtMs ?? atMs, atMs),
  };
}
