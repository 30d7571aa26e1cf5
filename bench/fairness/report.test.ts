import { expect, test } from 'vitest';
import { renderReport, reportOf, type Round } from './report.ts';

const GOAL = { benchmark: 'fairness', maxP99Ratio: 1.5 } as const;
const flood = { eventsPerSecond: 1_000, refused: 360 };
const upTo = (slowestMs: number): number[] =>
  Array.from({ length: 100 }, (_, index) => ((index + 1) * slowestMs) / 100);

function roundOf(aloneMs: number, besideMs: number): Round {
  return { aloneMs: upTo(aloneMs), besideMs: upTo(besideMs), flood };
}

test.each([
  { rounds: [roundOf(10, 10)], reached: true },
  { rounds: [roundOf(10, 15)], reached: true },
  { rounds: [roundOf(10, 16)], reached: false },
  { rounds: [roundOf(10, 12), roundOf(10, 16)], reached: false },
  { rounds: [{ aloneMs: [], besideMs: [], flood }], reached: false },
])('judges the requests of all rounds together: $reached', ({ rounds, reached }) => {
  expect(reportOf(GOAL, rounds, []).goal.reached).toBe(reached);
});

test('shows each round, and all', () => {
  const text = renderReport(reportOf(GOAL, [roundOf(10, 20), roundOf(20, 20)], ['a note']));
  expect(text).toMatch(/round 1 .* 100 .* 5\.0 .* 9\.9 .* 10\.0 .* 19\.8 .* 2\.00 .* 1,000 .* 360/);
  expect(text).toMatch(/round 2 .* 1\.00/);
  expect(text).toMatch(/all .* 200 .* 720/);
  expect(text).toContain('a note');
  expect(text).toMatch(/^(?:reached|missed {2}) {2}the quiet tenant's p99/m);
});
