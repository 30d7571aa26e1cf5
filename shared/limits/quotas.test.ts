import { expect, test } from 'vitest';
import { PLANS } from './plans.ts';
import { Quotas } from './quotas.ts';

const LIMITS = { ...PLANS.standard.events, perDay: 100, perMonth: 1_000 };
const EVENING = Date.UTC(2026, 10, 30, 23, 59, 50);

test.each([
  [99, 0, []],
  [100, 0, ['day']],
  [90, 10, ['day']],
  [1_000, 0, ['day', 'month']],
])('%i accepted and %i under way', (accepted, pending, expected) => {
  const quotas = new Quotas(EVENING);
  quotas.add(accepted, EVENING);
  expect(quotas.violated(LIMITS, pending, EVENING)).toEqual(expected);
});

test('a quota of nothing refuses all', () => {
  expect(new Quotas(EVENING).violated({ ...LIMITS, perDay: 0 }, 0, EVENING)).toEqual(['day']);
});

test('they begin anew at midnight and on the first, of UTC', () => {
  const quotas = new Quotas(EVENING);
  quotas.add(1_000, EVENING);
  expect(quotas.secondsToReset('day', EVENING)).toBe(10);
  expect(quotas.secondsToReset('month', EVENING)).toBe(10);
  expect(quotas.violated(LIMITS, 0, EVENING + 9_999)).toEqual(['day', 'month']);
  expect(quotas.violated(LIMITS, 0, EVENING + 10_000)).toEqual([]);
  expect(quotas.remaining('month', LIMITS)).toBe(1_000);
});

test('in the midst of a month only the day begins anew', () => {
  const noon = Date.UTC(2026, 10, 21, 12);
  const quotas = new Quotas(noon);
  quotas.add(1_000, noon);
  expect(quotas.violated(LIMITS, 0, noon + 43_200_000)).toEqual(['month']);
  expect(quotas.secondsToReset('month', noon + 43_200_000)).toBe(9 * 86_400);
});

test('what others have used is learnt, but not of another day', () => {
  const quotas = new Quotas(EVENING);
  quotas.learn({ day: '2026-11-30', ofDay: 70, month: '2026-11', ofMonth: 500 }, 5, EVENING);
  expect([quotas.remaining('day', LIMITS), quotas.remaining('month', LIMITS)]).toEqual([25, 495]);
  quotas.learn({ day: '2026-12-01', ofDay: 1, month: '2026-12', ofMonth: 1 }, 0, EVENING);
  expect([quotas.remaining('day', LIMITS), quotas.remaining('month', LIMITS)]).toEqual([25, 495]);
});
