import { expect, test } from 'vitest';
import { renderReport, reportOf } from './report.ts';

const start = (totalMs: number) => ({
  bootedMs: 40,
  listeningMs: totalMs - 50,
  firstAnswerMs: totalMs,
  cpuMs: 2 * totalMs,
});

test('a start is taken apart, by medians, and held against the echo', () => {
  const starts = new Map([
    ['echo', [start(300), start(250), start(900)]],
    ['deployed', [start(600), start(700), start(500)]],
  ]);
  const report = reportOf(starts, 'deployed', ['a note']);
  expect(report.rows[1]).toEqual({
    name: 'deployed',
    nodeMs: 40,
    loadingMs: 510,
    firstRequestMs: 50,
    totalMs: 600,
    cpuMs: 1_200,
    range: [500, 700],
    ratioToEcho: 2,
  });
  expect(report.goals.map(({ reached }) => reached)).toEqual([true, true]);
  expect(renderReport(report)).toContain(
    'reached  as deployed: against an echo on functions-framework: 2.00 (at most 2)',
  );
});

test('700 ms are too many, and so is more than twice the echo', () => {
  const starts = new Map([
    ['echo', [start(300)]],
    ['deployed', [start(700)]],
  ]);
  expect(reportOf(starts, 'deployed', []).goals.map(({ reached }) => reached)).toEqual([false, false]);
});
