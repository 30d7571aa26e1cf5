import { expect, test } from 'vitest';
import { parseTraceparent } from './trace-context.ts';

const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a valid traceparent is kept', () => {
  expect(parseTraceparent(valid)).toBe(valid);
});

test.each([
  null,
  undefined,
  '',
  'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
  '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
  `${valid}-more`,
  `${valid}\n`,
])('%j is none', (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});
