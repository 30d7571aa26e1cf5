import { type Metered, metered } from '../meters.ts';
import type { MeterLimits, TenantLimits } from '../plans.ts';
import { fairShare } from './fair-share.ts';
import type { UsageDocument } from './usage-document.ts';

/** What an instance has to tell about a tenant's events, or about their bytes. */
export interface MeterReport {
  /** Let through, and accepted, since the instance began to count: a report that is repeated counts once. */
  readonly used: number;
  readonly accepted: number;
  /** Of these, what an earlier settling is known to have counted. Decides where the document has forgotten the instance. */
  readonly settledUsed: number;
  readonly settledAccepted: number;
  /** Of `used`, what is not to be held against the tenant: let through within the share while nothing could be settled. */
  readonly excused: number;
  /** Tokens that the share brought since the last settling, and that the instance had no room for. */
  readonly unused: number;
  /** What came in a second, with what was refused. */
  readonly demand: number;
}

/** What an instance has to tell about a tenant. */
export interface Report extends Metered<MeterReport> {
  /** Whose count it is: another each time that an instance begins anew. */
  readonly instanceId: string;
  /** The instance has nothing more to let through for now. */
  readonly leaves: boolean;
}

/** What the instance may let through until it settles again. */
export interface MeterGrant {
  readonly perSecond: number;
  readonly capacity: number;
  /** Its part of the shared bucket at the time of settling. */
  readonly balance: number;
  /** What all instances have had accepted in the day, and in the month. */
  readonly ofDay: number;
  readonly ofMonth: number;
}

export interface Grant extends Metered<MeterGrant> {
  readonly day: string;
  readonly month: string;
  /** Instances that let through what the tenant sends, this one included. */
  readonly holders: number;
}

/** An instance that has not settled for so long is gone, or has nothing to do with this tenant any more. */
export const HOLDER_EXPIRY_MS = 90_000;
/** However little comes to an instance, it may let through this part of the rate. */
const MIN_SHARE = 0.01;
/** Who is busy settles within this time: from others nothing is expected for longer. */
const MAX_EXPECTED_SECONDS = 4;

type Holder = UsageDocument['holders'][string];

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
  const { instanceId } = report;
  const { day, month } = periodsOf(nowMs);
  const before = document ?? emptyDocument(limits, nowMs);
  const others = Object.entries(before.holders).filter(
    ([id, { atMs }]) => id !== instanceId && nowMs - atMs < HOLDER_EXPIRY_MS,
  );
  const live = others.map(([, holder]) => holder).filter(({ hasLeft }) => hasLeft !== true);
  const settled = metered((meter) =>
    settleMeter({
      usage: {
        balance: before[meter].balance,
        ofDay: before.day === day ? before[meter].ofDay : 0,
        ofMonth: before.month === month ? before[meter].ofMonth : 0,
      },
      known: before.holders[instanceId]?.[meter],
      live: live.map((holder) => ({ ...holder[meter], atMs: holder.atMs })),
      report: report[meter],
      limits: limits[meter],
      flowingSeconds: Math.max(0, nowMs - before.atMs) / 1_000,
      nowMs,
    }),
  );
  const own: Holder = {
    ...metered((meter) => {
      const { used, accepted, demand } = report[meter];
      return { used, accepted, demand };
    }),
    atMs: nowMs,
    ...(report.leaves && { hasLeft: true as const }),
  };
  return {
    document: {
      ...metered((meter) => settled[meter].usage),
      atMs: Math.max(before.atMs, nowMs),
      day,
      month,
      holders: Object.fromEntries([...others, [instanceId, own]]),
    },
    grant: { ...metered((meter) => settled[meter].grant), day, month, holders: live.length + 1 },
  };
}

interface MeterSettling {
  /** In the current day and month. */
  readonly usage: UsageDocument['events'];
  /** What the document knows of this instance. */
  readonly known: Holder['events'] | undefined;
  /** The other instances. */
  readonly live: readonly (Holder['events'] & Pick<Holder, 'atMs'>)[];
  readonly report: MeterReport;
  readonly limits: MeterLimits;
  /** Since the document was written. */
  readonly flowingSeconds: number;
  readonly nowMs: number;
}

function settleMeter({ usage, known, live, report, limits, flowingSeconds, nowMs }: MeterSettling): {
  readonly usage: UsageDocument['events'];
  readonly grant: MeterGrant;
} {
  const { perSecond, burst } = limits;
  const used = Math.max(0, report.used - (known?.used ?? report.settledUsed));
  const accepted = Math.max(0, report.accepted - (known?.accepted ?? report.settledAccepted));
  const charged = Math.max(0, used - report.excused);

  const flowed = usage.balance + flowingSeconds * perSecond;
  // What was used may have been used at the end, when the bucket had long been full …
  const atTheEnd = Math.min(burst, flowed) - charged;
  // … or all the time, which an instance knows: it tells how much it had no room for.
  const allTheTime = Math.min(burst + expectedOf(live, perSecond, nowMs), flowed - used - report.unused);
  const balance = Math.max(-burst, known === undefined ? atTheEnd : Math.max(atTheEnd, allTheTime));
  const ofDay = usage.ofDay + accepted;
  const ofMonth = usage.ofMonth + accepted;

  const demands = [report.demand, ...live.map(({ demand }) => demand)];
  const share = Math.max(MIN_SHARE, fairShare(perSecond, demands, 0) / perSecond);
  return {
    usage: { balance, ofDay, ofMonth },
    grant: {
      perSecond: share * perSecond,
      capacity: share * burst,
      balance: share * Math.min(burst, balance),
      ofDay,
      ofMonth,
    },
  };
}

/** What the other instances have used since they settled, if they go on as they did. */
function expectedOf(holders: MeterSettling['live'], perSecond: number, nowMs: number): number {
  let expected = 0;
  let longest = 0;
  for (const { demand, atMs } of holders) {
    const seconds = Math.min(MAX_EXPECTED_SECONDS, Math.max(0, nowMs - atMs) / 1_000);
    expected += Math.min(demand, perSecond) * seconds;
    longest = Math.max(longest, seconds);
  }
  return Math.min(expected, perSecond * longest);
}

/** The day and the month of UTC. */
export function periodsOf(nowMs: number): { readonly day: string; readonly month: string } {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  return { day, month: day.slice(0, 7) };
}

function emptyDocument(limits: TenantLimits, nowMs: number): UsageDocument {
  const usage = metered((meter) => ({ balance: limits[meter].burst, ofDay: 0, ofMonth: 0 }));
  return { ...usage, atMs: nowMs, ...periodsOf(nowMs), holders: {} };
}
