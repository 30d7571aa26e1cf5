import { expect, test } from 'vitest';
import { rotateKey } from './rotate-key.ts';
import type { TenantStack } from './tenant-stack.ts';

const NOW_MS = Date.parse('2026-11-21T00:00:00Z');

function stackWith(configured: unknown): TenantStack & { readonly applied: unknown[] } {
  const applied: unknown[] = [];
  return {
    applied,
    apiKeys: async () => configured,
    async apply(settings) {
      applied.push(settings);
      const keys = settings['apiKeys'] as { name: string }[];
      return {
        endpoint: 'http://127.0.0.1:1',
        apiKey: 'x',
        apiKeys: Object.fromEntries(keys.map(({ name }) => [name, `hg_acme_${name}`])),
      };
    },
  };
}

test('a stack that says nothing of keys has its one key rotated', async () => {
  const stack = stackWith(undefined);
  expect(await rotateKey(stack, { key: undefined, overlapMs: 3_600_000 }, NOW_MS)).toEqual({
    name: 'default-2',
    key: 'hg_acme_default-2',
    previousExpiresAt: '2026-11-21T01:00:00.000Z',
  });
  const scopes = ['events:write', 'properties:write', 'analytics:read'];
  expect(stack.applied).toEqual([
    {
      apiKeys: [
        { name: 'default-2', scopes },
        { name: 'default', scopes, expiresAt: '2026-11-21T01:00:00.000Z' },
      ],
    },
  ]);
});

test.each([
  [[{ name: 'a', scopes: ['root'] }], undefined, /\[0\]\.scopes/],
  [[{ name: 'a', scopes: ['admin'] }], 'b', /no key b/],
])('of %j, %s: nothing is applied', async (configured, key, message) => {
  const stack = stackWith(configured);
  await expect(rotateKey(stack, { key, overlapMs: 0 }, NOW_MS)).rejects.toThrow(message);
  expect(stack.applied).toEqual([]);
});
