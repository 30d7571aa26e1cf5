import { expect, test } from 'vitest';
import { renderReport, reportOf } from './report.ts';

const flood = { what: 'evenly', atLeast: 0.9, atMost: 1.1, statuses: { 202: 10, 429: 90 } };

test.each([
  { acceptedPerSecond: [1_000, 1_000], statuses: flood.statuses, reached: true },
  { acceptedPerSecond: [0, 2_200], statuses: flood.statuses, reached: true },
  { acceptedPerSecond: [800, 990], statuses: flood.statuses, reached: false },
  { acceptedPerSecond: [1_200, 1_020], statuses: flood.statuses, reached: false },
  { acceptedPerSecond: [1_000], statuses: { 202: 10, 503: 1 }, reached: false },
])('judges what is accepted over all seconds, and what is answered: $acceptedPerSecond, $reached', (measured) => {
  const report = reportOf(1_000, [{ ...flood, ...measured }], []);
  expect(report.floods.map(({ reached }) => reached)).toEqual([measured.reached]);
});

test('shows each flood', () => {
  const text = renderReport(reportOf(1_000, [{ ...flood, acceptedPerSecond: [990, 1_030] }], ['a note']));
  expect(text).toMatch(/evenly .* 1,010 .* 1\.01 .* 0\.9 to 1\.1 .* reached .* 202: 10, 429: 90/);
  expect(text).toContain('a note');
});
