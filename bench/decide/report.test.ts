import { expect, test } from 'vitest';
import { renderReport, reportOf } from './report.ts';
import type { Row } from './row.ts';

const aRow = (overrides: Partial<Row>): Row => ({
  name: 'a load',
  events: 1_000,
  errors: 0,
  eventsPerSecond: 1_000,
  eventsPerSecondOfACore: 2_500,
  p50Ms: 10,
  p99Ms: 249,
  maxMs: 300,
  cpuMicrosPerEvent: { decide: 400 },
  ...overrides,
});

test.each<[string, Partial<Row>, Partial<Row>, boolean[]]>([
  ['just enough', {}, {}, [true, true]],
  ['a slow tail', { p99Ms: 250 }, {}, [false, true]],
  ['too dear', {}, { eventsPerSecondOfACore: 2_499 }, [true, false]],
  ['requests that failed', { errors: 1 }, {}, [false, true]],
])('%s', (_name, paced, full, expected) => {
  const report = reportOf([aRow(paced)], [aRow(full)], []);
  expect(report.goals.map(({ reached }) => reached)).toEqual(expected);
  expect(renderReport(report)).toContain('a load: accepted to decided, p99 in ms');
});
