/** What limits are of: events, and their bytes. */
export const METERS = ['events', 'bytes'] as const;

export type Meter = (typeof METERS)[number];

/** One of each. */
export type Metered<Value> = Readonly<Record<Meter, Value>>;

export type Amounts = Metered<number>;

export const NOTHING: Amounts = { events: 0, bytes: 0 };

/** What `of` makes for each. */
export function metered<Value>(of: (meter: Meter) => Value): Metered<Value> {
  return { events: of('events'), bytes: of('bytes') };
}

/** A time over which something is limited, by the clock or by the calendar of UTC. */
export type Period = 'second' | 'day' | 'month';

/** Name of a limit in `RateLimit`, `RateLimit-Policy` and `violated-policies`. */
export type PolicyName = Period | `${Period}-bytes`;

export function policyName(period: Period, meter: Meter): PolicyName {
  return meter === 'events' ? period : `${period}-bytes`;
}
