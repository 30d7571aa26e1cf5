import { expect, test } from 'vitest';
import { METERS } from './meters.ts';
import { limitsOf, MAX_REQUEST, PLANS } from './plans.ts';

const { events, bytes } = PLANS.standard;

test.each([
  ['nothing of its own', {}, PLANS.standard],
  [
    'a rate: the burst follows, and so do the bytes',
    { eventsPerSecond: 5_000 },
    {
      events: { ...events, perSecond: 5_000, burst: 50_000 },
      bytes: { ...bytes, perSecond: 20_000_000, burst: 200_000_000 },
    },
  ],
  ['a low rate: a request still passes', { eventsPerSecond: 1 }, { events: { perSecond: 1, burst: 2_500 }, bytes }],
  ['a burst below a second', { eventsPerSecond: 5_000, burstEvents: 2_500 }, { events: { burst: 5_000 } }],
  ['quotas', { eventsPerDay: 0, eventsPerMonth: 5 }, { events: { perDay: 0, perMonth: 5 }, bytes }],
  ['a larger quota', { eventsPerDay: 40_000_000 }, { bytes: { perDay: 100_000_000_000 } }],
  [
    'a rate of bytes: the burst follows',
    { bytesPerSecond: 5_000_000 },
    { events, bytes: { perSecond: 5_000_000, burst: 50_000_000 } },
  ],
  ['a low rate of bytes: a body still passes', { bytesPerSecond: 1 }, { bytes: { perSecond: 1, burst: 10_000_000 } }],
  ['quotas of bytes', { bytesPerDay: 0, bytesPerMonth: 5 }, { events, bytes: { perDay: 0, perMonth: 5 } }],
])('a tenant with %s', (_name, limits, expected) => {
  expect(limitsOf({ plan: 'standard', limits })).toMatchObject(expected);
});

const EVERY = Object.entries(PLANS).flatMap(([plan, limits]) =>
  METERS.map((meter) => ({ plan, meter, limits: limits[meter] })),
);

test.each(EVERY)('$plan, $meter: a quota is less than the rate allows, and more than a burst', ({ limits, meter }) => {
  expect(limits.burst).toBeGreaterThanOrEqual(Math.max(limits.perSecond, MAX_REQUEST[meter]));
  expect(limits.perDay).toBeLessThan(limits.perSecond * 86_400);
  expect(limits.perMonth).toBeLessThan(limits.perDay * 31);
});
