import { expect, test } from 'vitest';
import { type Measured, rowOf } from './row.ts';

const MEASURED: Measured = {
  name: 'a load',
  events: 1_000,
  decided: 4,
  errors: 0,
  durationMs: 2_000,
  latenciesMs: [30, 10, 20, 40],
  cpuMicros: { decide: 400_000, pubsub: 100_000 },
};

test('a rate, what a core would do, percentiles, and cost by event', () => {
  expect(rowOf(MEASURED)).toEqual({
    name: 'a load',
    events: 1_000,
    errors: 0,
    eventsPerSecond: 500,
    eventsPerSecondOfACore: 2_500,
    p50Ms: 20,
    p99Ms: 40,
    maxMs: 40,
    cpuMicrosPerEvent: { decide: 400, pubsub: 100 },
  });
});

test('what is not known is left out', () => {
  const row = rowOf({ ...MEASURED, latenciesMs: [], cpuMicros: {} });
  expect([row.eventsPerSecondOfACore, row.p99Ms, row.cpuMicrosPerEvent]).toEqual([undefined, undefined, {}]);
});
