import { expect, test } from 'vitest';
import { type ScheduleState, settleAtMs } from './lease-schedule.ts';

const STATE: ScheduleState = {
  isWorthIt: false,
  settledAtMs: 50_000,
  failures: 0,
  holders: 1,
};

test.each<[string, Partial<ScheduleState>, number]>([
  ['never settled', { settledAtMs: undefined }, 60_000],
  ['hardly used', {}, 80_000],
  ['hardly used, since a moment after the beat', { settledAtMs: 50_001 }, 80_500],
  ['hardly used, since a moment before it', { settledAtMs: 50_499.9 }, 80_500],
  ['it is worth it', { isWorthIt: true }, 51_000],
  ['two instances', { isWorthIt: true, holders: 2 }, 51_000],
  ['ten instances', { isWorthIt: true, holders: 10 }, 55_000],
  ['a thousand instances', { isWorthIt: true, holders: 1_000 }, 80_000],
  ['failed', { isWorthIt: true, failures: 1 }, 51_000],
  ['failed often', { isWorthIt: true, failures: 4 }, 58_000],
  ['failed for ever', { failures: 1_000 }, 80_000],
])('%s', (_name, state, expected) => {
  expect(settleAtMs({ ...STATE, ...state }, 60_000)).toBe(expected);
});
