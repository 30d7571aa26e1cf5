import { expect, test } from 'vitest';
import { judgeIngest, judgeTenants } from './goals.ts';
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

const bare = [
  aRow({ eventsPerSecond: 38_461 }),
  aRow({ eventsPerRequest: 1, eventsPerSecond: 10_000, cpuMicrosPerEvent: { contender: 60 } }),
];

test.each<[string, Partial<Row>, Partial<Row>, boolean[]]>([
  ['just enough', {}, {}, [true, true, true]],
  ['too slow', { eventsPerSecond: 24_999 }, {}, [false, false, true]],
  ['a slow tail', {}, { p99Ms: 100 }, [true, true, false]],
  ['nothing answered', {}, { p99Ms: undefined }, [true, true, false]],
  ['errors reach nothing', { errors: 1 }, { errors: 1 }, [false, false, false]],
])('100 events a request: %s', (_, batched, paced, expected) => {
  expect(judgeIngest([aRow(batched)], bare, [aRow(paced)]).map(({ reached }) => reached)).toEqual(expected);
});

test.each<[string, Partial<Row>, boolean[]]>([
  ['just enough', {}, [true, true]],
  ['less than half', { eventsPerSecond: 4_999 }, [false, true]],
  ['too dear', { cpuMicrosPerEvent: { contender: 121 } }, [true, false]],
  ['a cost that is not known', { cpuMicrosPerEvent: {} }, [true, false]],
])('1 event a request: %s', (_, single, expected) => {
  const row = { eventsPerRequest: 1, eventsPerSecond: 5_000, cpuMicrosPerEvent: { contender: 120 }, ...single };
  expect(judgeIngest([aRow(row)], bare, []).map(({ reached }) => reached)).toEqual(expected);
});

test('where the bare endpoint failed, there is nothing to compare with', () => {
  const failed = bare.map((row) => ({ ...row, errors: 1 }));
  expect(judgeIngest([aRow({})], failed, []).map(({ reached }) => reached)).toEqual([true, false]);
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
