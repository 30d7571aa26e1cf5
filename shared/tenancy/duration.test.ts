import { expect, test } from 'vitest';
import { parseDurationMs } from './duration.ts';

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s is %d ms', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected);
});

test.each(['', '24', 'h', '0h', '-1h', '1.5h', '1h30m', '1w', ' 1h'])('%j is not a duration', (text) => {
  expect(() => parseDurationMs(text)).toThrow(RangeError);
});
