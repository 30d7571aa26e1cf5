import { expect, test } from 'vitest';
import { parseStat } from './cpu-time.ts';

test('user and system time are read behind a name with blanks and parentheses', () => {
  const stat = '4242 (node (a) b) S 1 4242 4242 0 -1 4194304 9000 0 3 0 250 50 7 8 20 0 11 0 100 1 1';
  expect(parseStat(stat)).toBe(3_000_000);
});

test('what is no such line has no answer', () => {
  expect(parseStat('')).toBeUndefined();
});
