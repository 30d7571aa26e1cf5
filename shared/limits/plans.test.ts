import { expect, test } from 'vitest';
import { limitsOf, PLANS } from './plans.ts';

test.each([
  ['nothing of its own', {}, PLANS.standard],
  ['a rate: the burst follows', { eventsPerSecond: 5_000 }, { eventsPerSecond: 5_000, burstEvents: 50_000 }],
  ['a low rate: a request still passes', { eventsPerSecond: 1 }, { eventsPerSecond: 1, burstEvents: 2_500 }],
  ['a burst below a second', { eventsPerSecond: 5_000, burstEvents: 2_500 }, { burstEvents: 5_000 }],
  ['quotas', { eventsPerDay: 0, eventsPerMonth: 5 }, { eventsPerDay: 0, eventsPerMonth: 5 }],
])('a tenant with %s', (_name, limits, expected) => {
  expect(limitsOf({ plan: 'standard', limits })).toMatchObject(expected);
});

test.each(Object.entries(PLANS))('%s: a quota is less than the rate allows, and more than a burst', (_name, plan) => {
  expect(plan.burstEvents).toBeGreaterThanOrEqual(plan.eventsPerSecond);
  expect(plan.eventsPerDay).toBeLessThan(plan.eventsPerSecond * 86_400);
  expect(plan.eventsPerMonth).toBeLessThan(plan.eventsPerDay * 31);
});
