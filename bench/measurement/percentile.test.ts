import { expect, test } from 'vitest';
import { percentile } from './percentile.ts';

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

test.each([
  [hundred, 50, 50],
  [hundred, 95, 95],
  [hundred, 99, 99],
  [hundred, 100, 100],
  [hundred, 0, 1],
  [[7], 99, 7],
  [[1, 2], 50, 1],
  [[1, 2], 51, 2],
  [[], 50, undefined],
])('of %j, percentile %d is %s', (values, percent, expected) => {
  expect(percentile(values, percent)).toBe(expected);
});
