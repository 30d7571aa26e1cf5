import { expect, test } from 'vitest';
import { figure } from './figure.ts';

test.each([
  [31_234.5, 0, '31,235'],
  [0.614, undefined, '0.61'],
  [12.34, undefined, '12.3'],
  [31_234.5, undefined, '31,235'],
  [undefined, 1, '-'],
])('figure(%s, %s) is %s', (value, digits, expected) => {
  expect(figure(value, digits)).toBe(expected);
});
