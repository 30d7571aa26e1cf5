import { expect, test } from 'vitest';
import { PLANS } from './plans.ts';
import { rateLimit, rateLimitPolicy } from './rate-limit-headers.ts';

test.each([
  [1_000, '"second";q=1000;qu="events";w=1'],
  [2.5, '"second";q=2;qu="events";w=1'],
  [0.3, '"second";q=1;qu="events";w=4'],
])('the policy of %d events a second', (eventsPerSecond, expected) => {
  const events = { ...PLANS.standard.events, perSecond: eventsPerSecond, perDay: 5, perMonth: 7 };
  expect(rateLimitPolicy({ ...PLANS.standard, events })).toBe(
    `${expected}, "day";q=5;qu="events";w=86400, "month";q=7;qu="events";w=2678400, ` +
      '"second-bytes";q=4000000;qu="content-bytes";w=1, "day-bytes";q=50000000000;qu="content-bytes";w=86400, ' +
      '"month-bytes";q=750000000000;qu="content-bytes";w=2678400',
  );
});

test('what is left', () => {
  const limit = (available: number, windowSeconds: number) => ({ available, windowSeconds });
  const events = { second: limit(1, 2), day: limit(3, 4), month: limit(5, 6) };
  const bytes = { second: limit(100, 1), day: limit(300, 4), month: limit(500, 6) };
  expect(rateLimit(events, bytes)).toBe(
    '"second";r=1;t=2, "day";r=3;t=4, "month";r=5;t=6, ' +
      '"second-bytes";r=100;t=1, "day-bytes";r=300;t=4, "month-bytes";r=500;t=6',
  );
});
