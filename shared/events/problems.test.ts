import { expect, test } from 'vitest';
import { refusal } from './problems.ts';

test.each([
  ['a short path', 'data.a', 'data.a: unknown field', 'data.a'],
  ['none', '', 'unknown field', undefined],
  ['as long as it may be', 'k'.repeat(256), `${'k'.repeat(256)}: unknown field`, 'k'.repeat(256)],
  ['a name of a megabyte', 'k'.repeat(1_000_000), `${'k'.repeat(255)}…: unknown field`, `${'k'.repeat(255)}…`],
])('%s', (_, path, message, shown) => {
  const { error } = refusal('invalid_event', path, 'unknown field');
  expect(error).toEqual({ code: 'invalid_event', message, ...(shown === undefined ? {} : { path: shown }) });
});
