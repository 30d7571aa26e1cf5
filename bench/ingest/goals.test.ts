import { expect, test } from 'vitest';
import { judge, judgeTenants } from './goals.ts';
import type { Row } from './row.ts';

function aRow(overrides: Partial<Row>): Row {
  return {
    name: 'headgate',
    eventsPerRequest: 100,
    eventsPerSecond: 25_000,
    requestsPerSecond: 250,
    p50Ms: 1,
    p95Ms: 2,
    p99Ms: 99.9,
    requests: 1_000,
    errors: 0,
    eventsPerSecondByPhase: [25_000],
    cpuMicrosPerEvent: {},
    loadGeneratorShare: 0.1,
    coresTakenByOthers: 0,
    ratioToPublishLoop: 0.5,
    ...overrides,
  };
}

test.each([
  ['just enough', {}, {}, [true, true, true]],
  ['too slow', { eventsPerSecond: 24_999 }, {}, [false, true, true]],
  ['less than half', { ratioToPublishLoop: 0.49 }, {}, [true, false, true]],
  ['nothing to compare with', { ratioToPublishLoop: undefined }, {}, [true, false, true]],
  ['a slow tail', {}, { p99Ms: 100 }, [true, true, false]],
  ['nothing answered', {}, { p99Ms: undefined }, [true, true, false]],
  ['errors reach nothing', { errors: 1 }, { errors: 1 }, [false, false, false]],
])('%s', (_, batched, paced, expected) => {
  expect(judge([aRow(batched)], [aRow(paced)]).map((verdict) => verdict.reached)).toEqual(expected);
});

test.each([
  ['just as it should be', 22, 0, true],
  ['too dear', 22.1, 0, false],
  ['not known', undefined, 0, false],
  ['errors reach nothing', 20, 1, false],
])('many tenants: %s', (_, contender, errors, reached) => {
  const many = aRow({ cpuMicrosPerEvent: contender === undefined ? {} : { contender }, errors });
  expect(judgeTenants({ one: aRow({ cpuMicrosPerEvent: { contender: 20 } }), many }).reached).toBe(reached);
});
