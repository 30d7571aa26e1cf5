import { expect, test } from 'vitest';
import { type Goal, judge, renderVerdicts } from './verdict.ts';

test.each<[Goal['is'], number | undefined, boolean]>([
  ['at least', 10, true],
  ['at least', 9.9, false],
  ['at most', 10, true],
  ['at most', 10.1, false],
  ['below', 9.9, true],
  ['below', 10, false],
  ['below', undefined, false],
])('%s 10, measured %s', (is, measured, reached) => {
  expect(judge({ what: 'p99 in ms', is, bound: 10 }, measured).reached).toBe(reached);
});

test('where requests failed nothing is reached', () => {
  expect(judge({ what: 'p99 in ms', is: 'below', bound: 10 }, 1, false).reached).toBe(false);
});

test('the line says what was wanted and what was measured', () => {
  const verdicts = [judge({ what: 'p99 in ms', is: 'below', bound: 10 }, 12.3)];
  expect(renderVerdicts(verdicts)).toEqual(['missed   p99 in ms: 12.3 (below 10)']);
});
