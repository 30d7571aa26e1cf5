import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { LimitOverrides } from './limit-overrides.ts';
import type { Metered } from './meters.ts';

/** How much a tenant may send, all of its instances together: of events, say. */
export interface MeterLimits {
  readonly perSecond: number;
  /** What may come at once after a pause. Never less than a second's worth: `Retry-After` counts in whole seconds. */
  readonly burst: number;
  /** Accepted in a day, and in a month, of UTC. */
  readonly perDay: number;
  readonly perMonth: number;
}

export interface TenantLimits extends Metered<MeterLimits> {
  /** How much of one instance's bounds on requests and bytes in flight it may take, above 0 and at most 1. */
  readonly instanceShare: number;
}

/**
 * What each plan allows. The rate is what a tenant may peak at, for ten seconds ten times as much; the daily quota is a
 * fifth to a quarter of a day at that rate, the monthly one fifteen to twenty such days. An event may have 4 kB on average at
 * the peak, and 2.5 kB over a day: a stream of the largest there are, a megabyte each, is bounded by its bytes.
 */
export const PLANS: Readonly<Record<TenantSettings['plan'], TenantLimits>> = {
  standard: {
    events: { perSecond: 1_000, burst: 10_000, perDay: 20_000_000, perMonth: 300_000_000 },
    bytes: { perSecond: 4_000_000, burst: 40_000_000, perDay: 50_000_000_000, perMonth: 750_000_000_000 },
    instanceShare: 0.25,
  },
  enterprise: {
    events: { perSecond: 20_000, burst: 200_000, perDay: 400_000_000, perMonth: 8_000_000_000 },
    bytes: { perSecond: 80_000_000, burst: 800_000_000, perDay: 1_000_000_000_000, perMonth: 20_000_000_000_000 },
    instanceShare: 0.5,
  },
};

/** A burst that is not given follows the rate that is: ten seconds of it, as in the plans. */
const BURST_SECONDS = 10;
/** A request has up to 2,500 events, and 10 MB. */
export const MAX_REQUEST = { events: 2_500, bytes: 10_000_000 } as const;

/**
 * The limits of the plan, but for what the tenant's own settings say. Who may send more events than its plan has, and says
 * nothing of bytes, may send more bytes in proportion. Pure.
 */
export function limitsOf({ plan, limits }: Pick<TenantSettings, 'plan' | 'limits'>): TenantLimits {
  const base = PLANS[plan];
  const events = limitsOfMeter(base.events, ofEvents(limits), MAX_REQUEST.events);
  const grown = (limit: keyof MeterLimits): number =>
    base.bytes[limit] * Math.max(1, events[limit] / base.events[limit]);
  const bytes = {
    perSecond: grown('perSecond'),
    burst: grown('burst'),
    perDay: grown('perDay'),
    perMonth: grown('perMonth'),
  };
  return {
    events,
    bytes: limitsOfMeter(bytes, ofBytes(limits), MAX_REQUEST.bytes),
    instanceShare: base.instanceShare,
  };
}

type Overrides = { readonly [Limit in keyof MeterLimits]: number | undefined };

function ofEvents({ eventsPerSecond, burstEvents, eventsPerDay, eventsPerMonth }: LimitOverrides): Overrides {
  return { perSecond: eventsPerSecond, burst: burstEvents, perDay: eventsPerDay, perMonth: eventsPerMonth };
}

function ofBytes({ bytesPerSecond, burstBytes, bytesPerDay, bytesPerMonth }: LimitOverrides): Overrides {
  return { perSecond: bytesPerSecond, burst: burstBytes, perDay: bytesPerDay, perMonth: bytesPerMonth };
}

function limitsOfMeter(base: MeterLimits, own: Overrides, minBurst: number): MeterLimits {
  const perSecond = own.perSecond ?? base.perSecond;
  const burst = own.burst ?? (own.perSecond === undefined ? base.burst : Math.max(minBurst, perSecond * BURST_SECONDS));
  return {
    perSecond,
    burst: Math.max(burst, perSecond),
    perDay: own.perDay ?? base.perDay,
    perMonth: own.perMonth ?? base.perMonth,
  };
}
