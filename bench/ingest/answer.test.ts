import { expect, test } from 'vitest';
import { acceptsAll, answerCheck } from './answer.ts';

test.each([
  ['{"accepted":2,"rejected":0,"results":[]}', 2, true],
  ['{"accepted":1,"rejected":1,"results":[]}', 2, false],
  ['{"status":503}', 2, false],
  ['null', 2, false],
  ['<html>', 2, false],
  [undefined, 2, false],
])('%s for %d events: %s', (body, events, expected) => {
  expect(acceptsAll(body, events)).toBe(expected);
});

test('the first answer is parsed, and one in twenty after it', () => {
  const check = answerCheck(1);
  const verdicts = Array.from({ length: 40 }, () => check('not what it should be'));
  expect(verdicts.flatMap((right, index) => (right ? [] : [index]))).toEqual([0, 20]);
});
