import { expect, test } from 'vitest';
import { type ScheduleState, settleAtMs } from './lease-schedule.ts';

const STATE: ScheduleState = {
  offered: 0,
  chunk: 100,
  unsettledAccepted: 0,
  quotaChunk: 1_000,
  settledAtMs: 50_000,
  failures: 0,
  holders: 1,
};

test.each<[string, Partial<ScheduleState>, number]>([
  ['never settled', { settledAtMs: undefined }, 60_000],
  ['hardly used', { offered: 99 }, 80_000],
  ['hardly used, since a moment after the beat', { settledAtMs: 50_001 }, 80_500],
  ['hardly used, since a moment before it', { settledAtMs: 50_499.9 }, 80_500],
  ['a chunk came', { offered: 100 }, 51_000],
  ['a part of the quota was used', { unsettledAccepted: 1_000 }, 51_000],
  ['two instances', { offered: 100, holders: 2 }, 51_000],
  ['ten instances', { offered: 100, holders: 10 }, 55_000],
  ['a thousand instances', { offered: 100, holders: 1_000 }, 80_000],
  ['failed', { offered: 100, failures: 1 }, 51_000],
  ['failed often', { offered: 100, failures: 4 }, 58_000],
  ['failed for ever', { failures: 1_000 }, 80_000],
])('%s', (_name, state, expected) => {
  expect(settleAtMs({ ...STATE, ...state }, 60_000)).toBe(expected);
});
