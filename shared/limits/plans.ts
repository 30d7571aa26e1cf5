import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';

/** How much a tenant may send, all of its instances together but for the last. */
export interface TenantLimits {
  readonly eventsPerSecond: number;
  /** What may come at once after a pause. Never less than a second's worth: `Retry-After` counts in whole seconds. */
  readonly burstEvents: number;
  /** Accepted events in a day, and in a month, of UTC. */
  readonly eventsPerDay: number;
  readonly eventsPerMonth: number;
  /** How much of one instance's bounds on requests and bytes in flight it may take, above 0 and at most 1. */
  readonly instanceShare: number;
}

/**
 * What each plan allows. The rate is what a tenant may peak at, for ten seconds ten times as much; the daily quota is a
 * fifth to a quarter of a day at that rate, the monthly one fifteen to twenty such days.
 */
export const PLANS: Readonly<Record<TenantSettings['plan'], TenantLimits>> = {
  standard: {
    eventsPerSecond: 1_000,
    burstEvents: 10_000,
    eventsPerDay: 20_000_000,
    eventsPerMonth: 300_000_000,
    instanceShare: 0.25,
  },
  enterprise: {
    eventsPerSecond: 20_000,
    burstEvents: 200_000,
    eventsPerDay: 400_000_000,
    eventsPerMonth: 8_000_000_000,
    instanceShare: 0.5,
  },
};

/** A burst that is not given follows the rate that is: ten seconds of it, as in the plans. */
const BURST_SECONDS = 10;
/** A request has up to 2,500 events. */
const MIN_BURST_EVENTS = 2_500;

/** The limits of the plan, but for what the tenant's own settings say. Pure. */
export function limitsOf({ plan, limits }: Pick<TenantSettings, 'plan' | 'limits'>): TenantLimits {
  const base = PLANS[plan];
  const eventsPerSecond = limits.eventsPerSecond ?? base.eventsPerSecond;
  const burstEvents =
    limits.burstEvents ??
    (limits.eventsPerSecond === undefined
      ? base.burstEvents
      : Math.max(MIN_BURST_EVENTS, eventsPerSecond * BURST_SECONDS));
  return {
    eventsPerSecond,
    burstEvents: Math.max(burstEvents, eventsPerSecond),
    eventsPerDay: limits.eventsPerDay ?? base.eventsPerDay,
    eventsPerMonth: limits.eventsPerMonth ?? base.eventsPerMonth,
    instanceShare: base.instanceShare,
  };
}
