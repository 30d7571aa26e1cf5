import { expect, test } from 'vitest';
import { repeatsHost } from './host-header.ts';

test.each<[string, readonly string[], boolean]>([
  ['none', [], false],
  ['one', ['Host', 'a', 'Accept', '*/*'], false],
  ['two', ['Host', 'a', 'Accept', '*/*', 'Host', 'b'], true],
  ['two alike', ['Host', 'a', 'Host', 'a'], true],
  ['two in other letters', ['hOST', 'a', 'HOST', 'b'], true],
  ['one, and a value of that name', ['Host', 'a', 'X-Forwarded-For', 'host', 'Via', 'Host'], false],
  ['one, and longer names', ['Host', 'a', 'X-Host', 'b', 'Hosts', 'c'], false],
])('%s', (_name, rawHeaders, repeats) => {
  expect(repeatsHost(rawHeaders)).toBe(repeats);
});
