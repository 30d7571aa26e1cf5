import { expect, test } from 'vitest';
import { bodyTimeoutMs } from './body-timeout.ts';

test.each([
  [0, 5_000],
  [1_000, 5_100],
  [100_000, 15_000],
  [10_000_000, 20_000],
  [Number.NaN, 20_000],
])('%d declared bytes may take %i ms', (declaredBytes, expected) => {
  expect(bodyTimeoutMs(declaredBytes, 20_000)).toBe(expected);
});
