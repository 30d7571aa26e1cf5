import type { TenantLimits } from './plans.ts';

export type PolicyName = 'second' | 'day' | 'month';

const SECONDS_PER_DAY = 86_400;
/** A month's window is said to be its longest: the reset is said exactly. */
const SECONDS_PER_MONTH = 31 * SECONDS_PER_DAY;

/**
 * The `RateLimit-Policy` field. The unit is events, which the draft's registry does not have: leaving it out would say
 * requests. A rate below one event a second is told as one event in so many seconds.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11#section-3
 */
export function rateLimitPolicy({ eventsPerSecond, eventsPerDay, eventsPerMonth }: TenantLimits): string {
  return [
    eventsPerSecond < 1 ? policy('second', 1, 1 / eventsPerSecond) : policy('second', eventsPerSecond, 1),
    policy('day', eventsPerDay, SECONDS_PER_DAY),
    policy('month', eventsPerMonth, SECONDS_PER_MONTH),
  ].join(', ');
}

function policy(name: PolicyName, quota: number, windowSeconds: number): string {
  return `"${name}";q=${Math.floor(quota)};qu="events";w=${Math.ceil(windowSeconds)}`;
}

/** Of one policy: events that are left, and the seconds for which no more are. */
export interface ServiceLimit {
  readonly available: number;
  readonly windowSeconds: number;
}

/**
 * The `RateLimit` field.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11#section-4
 */
export function rateLimit(second: ServiceLimit, day: ServiceLimit, month: ServiceLimit): string {
  return (
    `"second";r=${second.available};t=${second.windowSeconds}, ` +
    `"day";r=${day.available};t=${day.windowSeconds}, ` +
    `"month";r=${month.available};t=${month.windowSeconds}`
  );
}
