import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import type { ConditionFacts } from '#shared/tenancy/rule-condition.ts';
import { countsAt, NO_COUNTS, WINDOWS_MS } from '../profile/event-counts.ts';
import type { WindowCounts } from '../profile/event-counts.ts';
import { timesOf } from '../profile/profile.ts';
import type { Profile } from '../profile/profile.ts';
import { propertiesAsOf, propertyAsOf } from '../profile/properties.ts';
import { areLarge } from './facts-size.ts';
import { LazyMap, toCel } from './lazy-map.ts';

/** What rules see of one event. */
export interface RuleFacts extends ConditionFacts {
  /** Whether the event or the profile is so large that even a condition whose cost only grows with them may take long. */
  readonly areLarge: () => boolean;
}

/**
 * What a rule sees when it looks at `event`: the subject as it was known with everything accepted up to that event, the
 * event itself included, whatever has been applied since. Windows reach back from the event's own time and end at its receipt:
 * producers' clocks differ, and what was accepted before the event counts although its timestamp is the later one. `now` is
 * the receipt. So the same event always meets the same facts, on a redelivery and on a replay.
 *
 * Costs the same whatever the event and the profile hold: a value is converted when a condition looks at it.
 */
export function factsFor(event: EventEnvelope, profile: Profile): RuleFacts {
  const { atMs, receivedAtMs } = timesOf(event);
  const { properties, counts } = profile;
  const fields = new Map<string, unknown>(Object.entries(event));
  fields.set('timestamp', new Date(event.timestamp)).set('received_at', new Date(event.received_at));
  return {
    event: new LazyMap(fields),
    profile: new Map<string, unknown>([
      ['subject', event.subject],
      [
        'properties',
        new LazyMap(
          {
            keys: () => propertiesAsOf(properties, receivedAtMs).keys(),
            get: (name) => toCelOnce(propertyAsOf(properties, name, receivedAtMs)),
          },
          null,
        ),
      ],
      ['first_seen_at', new Date(profile.firstSeenAtMs ?? atMs)],
      ['last_seen_at', new Date(profile.lastSeenAtMs ?? atMs)],
    ]),
    counts: new LazyMap(
      {
        keys: () => Object.keys(counts.types),
        get: (type) =>
          Object.hasOwn(counts.types, type) ? toCelCounts(countsAsOf(profile, type, atMs, receivedAtMs)) : undefined,
      },
      CEL_NO_COUNTS,
    ),
    now: new Date(event.received_at),
    areLarge: () => areLarge(event, profile),
  };
}

/** Leaves out what was accepted after `receivedAtMs`, as far as the profile still tells. */
function countsAsOf(profile: Profile, type: string, atMs: number, receivedAtMs: number): WindowCounts {
  const counts = countsAt(profile.counts, type, atMs, receivedAtMs);
  const later = profile.recent.filter((event) => event.type === type && event.receivedAtMs > receivedAtMs);
  if (later.length === 0) return counts;
  const laterIn = (windowMs: number): number =>
    later.filter((event) => event.atMs <= receivedAtMs && atMs - event.atMs < windowMs).length;
  return {
    total: Math.max(0, counts.total - later.length),
    last1h: Math.max(0, counts.last1h - laterIn(WINDOWS_MS.last1h)),
    last24h: Math.max(0, counts.last24h - laterIn(WINDOWS_MS.last24h)),
    last7d: Math.max(0, counts.last7d - laterIn(WINDOWS_MS.last7d)),
    last30d: Math.max(0, counts.last30d - laterIn(WINDOWS_MS.last30d)),
  };
}

function toCelCounts(counts: WindowCounts): Map<string, bigint> {
  return new Map(Object.entries(counts).map(([window, count]) => [window, BigInt(count)]));
}

const CEL_NO_COUNTS = toCelCounts(NO_COUNTS);

/** A property's value is the same object until the property or the profile's reading is another. */
const converted = new WeakMap<object, unknown>();

function toCelOnce(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  let cel = converted.get(value);
  if (cel === undefined) converted.set(value, (cel = toCel(value)));
  return cel;
}
