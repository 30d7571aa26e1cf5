import { expect, test } from 'vitest';
import { makeRow } from './row.ts';
import type { Phase } from './row.ts';

const load = { requests: 10, events: 1_000, errors: 0, durationMs: 100, latenciesMs: [1] };
const phase: Phase = { load, cpuMicros: { contender: 20_000, pubsub: 5_000, load: 50_000 }, machineMicros: 85_000 };

test('cost is by event, the load generator by core, the rate against the bare loop', () => {
  expect(makeRow('headgate', 100, [phase, phase], 40_000)).toMatchObject({
    eventsPerSecond: 10_000,
    cpuMicrosPerEvent: { contender: 20, pubsub: 5, load: 50 },
    loadGeneratorShare: 0.5,
    coresTakenByOthers: 0.1,
    ratioToPublishLoop: 0.25,
  });
});

test('a process that was not seen in every phase has no cost, and no other row is invented', () => {
  const blind: Phase = { load, cpuMicros: { contender: 20_000, load: 50_000 }, machineMicros: 85_000 };
  const row = makeRow('headgate', 100, [phase, blind], undefined);
  expect(row.cpuMicrosPerEvent).toEqual({ contender: 20, load: 50 });
  expect(row.coresTakenByOthers).toBeUndefined();
  expect(row.ratioToPublishLoop).toBeUndefined();
});
