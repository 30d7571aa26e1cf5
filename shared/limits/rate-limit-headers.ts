import { type Metered, METERS, type Period, policyName } from './meters.ts';
import type { TenantLimits } from './plans.ts';

const SECONDS_PER_DAY = 86_400;
/** A month's window is said to be its longest: the reset is said exactly. */
const SECONDS_PER_MONTH = 31 * SECONDS_PER_DAY;

/** The draft's registry has `content-bytes`, and no events: leaving the unit out would say requests. */
const UNITS: Metered<string> = { events: 'events', bytes: 'content-bytes' };

/**
 * The `RateLimit-Policy` field. A rate below one event a second is told as one event in so many seconds.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11#section-3
 */
export function rateLimitPolicy(limits: TenantLimits): string {
  return METERS.flatMap((meter) => {
    const { perSecond, perDay, perMonth } = limits[meter];
    const policy = (period: Period, quota: number, windowSeconds: number): string =>
      `"${policyName(period, meter)}";q=${Math.floor(quota)};qu="${UNITS[meter]}";w=${Math.ceil(windowSeconds)}`;
    return [
      perSecond < 1 ? policy('second', 1, 1 / perSecond) : policy('second', perSecond, 1),
      policy('day', perDay, SECONDS_PER_DAY),
      policy('month', perMonth, SECONDS_PER_MONTH),
    ];
  }).join(', ');
}

/** Of one policy: what is left, and the seconds for which no more is. */
export interface ServiceLimit {
  readonly available: number;
  readonly windowSeconds: number;
}

/**
 * The `RateLimit` field.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11#section-4
 */
export function rateLimit(events: Readonly<Record<Period, ServiceLimit>>, bytes: typeof events): string {
  return (
    `"second"${left(events.second)}, "day"${left(events.day)}, "month"${left(events.month)}, ` +
    `"second-bytes"${left(bytes.second)}, "day-bytes"${left(bytes.day)}, "month-bytes"${left(bytes.month)}`
  );
}

function left({ available, windowSeconds }: ServiceLimit): string {
  return `;r=${available};t=${windowSeconds}`;
}
