import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ApiKeysConfig,
  type ConfiguredApiKey,
  DEFAULT_API_KEYS,
  rotateApiKey,
  UnknownApiKeyError,
} from './api-keys.ts';

const NOW_MS = Date.parse('2026-11-21T00:00:00Z');
const HOUR_MS = 3_600_000;
const after = (ms: number): string => new Date(NOW_MS + ms).toISOString();
const key = (name: string, expiresInMs?: number): ConfiguredApiKey => ({
  name,
  scopes: ['events:write'],
  ...(expiresInMs !== undefined && { expiresAt: after(expiresInMs) }),
});

test.each<[string, ConfiguredApiKey[], string | undefined, ConfiguredApiKey[]]>([
  ['the first', [key('a'), key('b')], undefined, [key('a-2'), key('a', HOUR_MS), key('b')]],
  ['another', [key('a'), key('b')], 'b', [key('a'), key('b-2'), key('b', HOUR_MS)]],
  ['again, within the overlap', [key('a-2'), key('a', 10)], undefined, [key('a-3'), key('a-2', HOUR_MS), key('a', 10)]],
  ['again, after it', [key('a-2'), key('a', -1)], undefined, [key('a-3'), key('a-2', HOUR_MS)]],
  ['at the very end of it', [key('a-2'), key('a', 0)], undefined, [key('a-3'), key('a-2', HOUR_MS)]],
  ['past a taken name', [key('a'), key('a-2')], 'a', [key('a-3'), key('a', HOUR_MS), key('a-2')]],
  ['past an expired name', [key('a'), key('a-2', -1)], 'a', [key('a-3'), key('a', HOUR_MS)]],
  ['what expires sooner anyway', [key('a', 10)], 'a', [key('a-2', 10), key('a', 10)]],
  ['what expires later', [key('a', 2 * HOUR_MS)], 'a', [key('a-2', 2 * HOUR_MS), key('a', HOUR_MS)]],
])('rotating %s', (_name, keys, rotated, expected) => {
  expect(rotateApiKey(keys, rotated, NOW_MS, HOUR_MS).keys).toEqual(expected);
});

test('with no overlap, the old key has expired', () => {
  const { keys, previousExpiresAt } = rotateApiKey(DEFAULT_API_KEYS, undefined, NOW_MS, 0);
  expect(previousExpiresAt).toBe(after(0));
  expect(rotateApiKey(keys, undefined, NOW_MS, 0).keys.map(({ name }) => name)).toEqual(['default-3', 'default-2']);
});

test.each([
  [[key('a')], 'b'],
  [[key('a', -1)], 'a'],
  [[key('a', -1)], undefined],
])('of %j, %s cannot be rotated', (keys, rotated) => {
  expect(() => rotateApiKey(keys, rotated, NOW_MS, HOUR_MS)).toThrow(UnknownApiKeyError);
});

test('however often it is rotated, the list stays valid and short, no name comes twice, the new key is first', () => {
  const overlaps = fc.array(fc.integer({ min: 0, max: 3 * HOUR_MS }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(overlaps, fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/), (overlapsMs, name) => {
      let keys: readonly ConfiguredApiKey[] = [key(name)];
      const names = new Set([name]);
      overlapsMs.forEach((overlapMs, turn) => {
        const rotation = rotateApiKey(keys, undefined, NOW_MS + turn * HOUR_MS, overlapMs);
        keys = rotation.keys;
        expect(names.has(rotation.name)).toBe(false);
        names.add(rotation.name);
        expect(keys[0]?.name).toBe(rotation.name);
        expect(keys[0]?.expiresAt).toBeUndefined();
        expect(ApiKeysConfig.safeParse(keys).success).toBe(true);
        expect(keys.length).toBeLessThanOrEqual(5);
      });
    }),
  );
});
