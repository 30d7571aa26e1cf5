import { expect, test } from 'vitest';
import { PLANS } from './plans.ts';
import { rateLimit, rateLimitPolicy } from './rate-limit-headers.ts';

test.each([
  [1_000, '"second";q=1000;qu="events";w=1'],
  [2.5, '"second";q=2;qu="events";w=1'],
  [0.3, '"second";q=1;qu="events";w=4'],
])('the policy of %d events a second', (eventsPerSecond, expected) => {
  const limits = { ...PLANS.standard, eventsPerSecond, eventsPerDay: 5, eventsPerMonth: 7 };
  expect(rateLimitPolicy(limits)).toBe(`${expected}, "day";q=5;qu="events";w=86400, "month";q=7;qu="events";w=2678400`);
});

test('what is left', () => {
  const limit = (available: number, windowSeconds: number) => ({ available, windowSeconds });
  expect(rateLimit(limit(1, 2), limit(3, 4), limit(5, 6))).toBe('"second";r=1;t=2, "day";r=3;t=4, "month";r=5;t=6');
});
