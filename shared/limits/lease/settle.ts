import type { TenantLimits } from '../plans.ts';
import { fairShare } from './fair-share.ts';
import type { UsageDocument } from './usage-document.ts';

/** What an instance has to tell about a tenant. */
export interface Report {
  /** Whose count it is: another each time that an instance begins anew. */
  readonly instanceId: string;
  /** Events let through, and accepted, since the instance began to count: a report that is repeated counts once. */
  readonly used: number;
  readonly accepted: number;
  /** Of these, what an earlier settling is known to have counted. Decides where the document has forgotten the instance. */
  readonly settledUsed: number;
  readonly settledAccepted: number;
  /** Events of `used` that are not to be held against the tenant: let through within the share while nothing could be settled. */
  readonly excused: number;
  /** Tokens that the share brought since the last settling, and that the instance had no room for. */
  readonly unused: number;
  /** Events a second that came, refused ones included. */
  readonly demand: number;
  /** The instance has nothing more to let through for now. */
  readonly leaves: boolean;
}

/** What the instance may let through until it settles again. */
export interface Grant {
  readonly eventsPerSecond: number;
  readonly capacity: number;
  /** Its part of the shared bucket at the time of settling. */
  readonly balance: number;
  readonly day: string;
  readonly dayEvents: number;
  readonly month: string;
  readonly monthEvents: number;
  /** Instances that let through this tenant's events, this one included. */
  readonly holders: number;
}

/** An instance that has not settled for so long is gone, or has nothing to do with this tenant any more. */
const HOLDER_EXPIRY_MS = 90_000;
/** However little comes to an instance, it may let through this part of the rate. */
const MIN_SHARE = 0.01;
/** Who is busy settles within this time: from others nothing is expected for longer. */
const MAX_EXPECTED_SECONDS = 4;

/**
 * Settles what an instance used with what the tenant may use, and grants its next share.
 *
 * The bucket is paid afterwards: all that was let through is subtracted, so that in the long run no more than `rate · T +
 * burst` passes, whatever the shares were in between. What is overdrawn is owed, up to one burst, by all instances: each
 * grant's balance is its share of the bucket's, below zero as well. Shares follow demand, and one that is idle keeps none.
 *
 * Pure.
 * @param nowMs Firestore's time, so that the instances' clocks do not matter.
 */
export function settle(
  document: UsageDocument | undefined,
  report: Report,
  limits: TenantLimits,
  nowMs: number,
): { readonly document: UsageDocument; readonly grant: Grant } {
  const { eventsPerSecond, burstEvents } = limits;
  const before = document ?? emptyDocument(burstEvents, nowMs);
  const known = before.holders[report.instanceId];
  const used = Math.max(0, report.used - (known?.used ?? report.settledUsed));
  const accepted = Math.max(0, report.accepted - (known?.accepted ?? report.settledAccepted));

  const flowedIn = (Math.max(0, nowMs - before.atMs) / 1_000) * eventsPerSecond;
  const charged = Math.max(0, used - report.excused);

  const { day, month } = periodsOf(nowMs);
  const dayEvents = (before.day === day ? before.dayEvents : 0) + accepted;
  const monthEvents = (before.month === month ? before.monthEvents : 0) + accepted;

  const others = Object.entries(before.holders).filter(
    ([id, { atMs }]) => id !== report.instanceId && nowMs - atMs < HOLDER_EXPIRY_MS,
  );
  const live = others.filter(([, { hasLeft }]) => hasLeft !== true);
  const demands = [report.demand, ...live.map(([, { demand }]) => demand)];
  const expected = expectedOf(
    live.map(([, holder]) => holder),
    eventsPerSecond,
    nowMs,
  );
  const flowed = before.balance + flowedIn;
  // What was used may have been used at the end, when the bucket had long been full …
  const atTheEnd = Math.min(burstEvents, flowed) - charged;
  // … or all the time, which an instance knows: it tells how much it had no room for.
  const allTheTime = Math.min(burstEvents + expected, flowed - used - report.unused);
  const filled = known === undefined ? atTheEnd : Math.max(atTheEnd, allTheTime);
  const balance = Math.max(-burstEvents, filled);

  const share = Math.max(MIN_SHARE, fairShare(eventsPerSecond, demands, 0) / eventsPerSecond);
  const own = {
    used: report.used,
    accepted: report.accepted,
    demand: report.demand,
    atMs: nowMs,
    ...(report.leaves && { hasLeft: true as const }),
  };
  return {
    document: {
      balance,
      atMs: Math.max(before.atMs, nowMs),
      day,
      dayEvents,
      month,
      monthEvents,
      holders: Object.fromEntries([...others, [report.instanceId, own]]),
    },
    grant: {
      eventsPerSecond: share * eventsPerSecond,
      capacity: share * burstEvents,
      balance: share * Math.min(burstEvents, balance),
      day,
      dayEvents,
      month,
      monthEvents,
      holders: demands.length,
    },
  };
}

/** What the other instances have used since they settled, if they go on as they did. */
function expectedOf(
  holders: readonly UsageDocument['holders'][string][],
  eventsPerSecond: number,
  nowMs: number,
): number {
  let events = 0;
  let longest = 0;
  for (const { demand, atMs } of holders) {
    const seconds = Math.min(MAX_EXPECTED_SECONDS, Math.max(0, nowMs - atMs) / 1_000);
    events += Math.min(demand, eventsPerSecond) * seconds;
    longest = Math.max(longest, seconds);
  }
  return Math.min(events, eventsPerSecond * longest);
}

/** The day and the month of UTC. */
export function periodsOf(nowMs: number): { readonly day: string; readonly month: string } {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  return { day, month: day.slice(0, 7) };
}

function emptyDocument(burstEvents: number, nowMs: number): UsageDocument {
  return { balance: burstEvents, atMs: nowMs, ...periodsOf(nowMs), dayEvents: 0, monthEvents: 0, holders: {} };
}
