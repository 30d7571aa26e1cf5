import { expect, test } from 'vitest';
import { parseStatus, residentBytes } from './memory.ts';

test('the resident set is read among its neighbours', () => {
  expect(parseStatus('Name:\tjava\nVmHWM:\t  999 kB\nVmRSS:\t  141200 kB\nRssAnon:\t 1 kB\n')).toBe(144_588_800);
});

test('a process without memory of its own, or none at all, has no answer', async () => {
  expect(parseStatus('Name:\tkthreadd\n')).toBeUndefined();
  expect(await residentBytes(2 ** 31)).toBeUndefined();
});
