import fc from 'fast-check';
import { expect, test } from 'vitest';
import { APPLIED_RETENTION_MS, LIMITS } from './limits.ts';
import { applyProperties, propertiesAsOf, PropertiesTooLargeError } from './properties.ts';
import type { Properties, PropertyChange } from './properties.ts';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');

function applied(changes: readonly PropertyChange[], before: Properties = {}): Properties {
  return changes.reduce((properties, change) => applyProperties(properties, change, NOW_MS), before);
}

function change(properties: Record<string, unknown>, atMs: number): PropertyChange {
  return { properties, timestampMs: atMs, receivedAtMs: atMs };
}

function known(properties: Properties, receivedAtMs = Infinity): Record<string, unknown> {
  return Object.fromEntries(propertiesAsOf(properties, receivedAtMs));
}

test.each<[string, PropertyChange[], Record<string, unknown>]>([
  ['the newest holds', [change({ plan: 'free' }, 1), change({ plan: 'premium' }, 2)], { plan: 'premium' }],
  [
    'an older one that arrives later does not',
    [change({ plan: 'premium' }, 2), change({ plan: 'free' }, 1)],
    { plan: 'premium' },
  ],
  ['others stay', [change({ a: 1, b: 1 }, 1), change({ b: 2 }, 2)], { a: 1, b: 2 }],
  ['null deletes', [change({ a: 1 }, 1), change({ a: null }, 2)], {}],
  ['what is deleted is not set again by an older one', [change({ a: null }, NOW_MS), change({ a: 1 }, 1)], {}],
  [
    'names of Object.prototype are names',
    [change({ constructor: 1, toString: 2 }, 1)],
    { constructor: 1, toString: 2 },
  ],
])('%s', (_name, changes, expected) => {
  expect(Object.entries(known(applied(changes)))).toEqual(Object.entries(expected));
});

test('as of an earlier receipt', () => {
  const properties = applied([change({ plan: 'free' }, 1), change({ plan: 'premium', seats: 3 }, 5)]);
  expect(known(properties, 0)).toEqual({});
  expect(known(properties, 4)).toEqual({ plan: 'free' });
  expect(known(properties, 5)).toEqual({ plan: 'premium', seats: 3 });
});

test('as of a receipt too long ago to tell, the oldest value held', () => {
  const properties = applied(Array.from({ length: 10 }, (_, i) => change({ plan: i }, 10 + i)));
  expect(known(properties, 5)).toEqual({ plan: 9 - LIMITS.supersededValues });
});

const changes = fc.array(
  fc.record({
    properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.constant(null), fc.integer(), fc.json())),
    timestampMs: fc.integer({ min: NOW_MS, max: NOW_MS + 3 }),
    receivedAtMs: fc.integer({ min: NOW_MS, max: NOW_MS + 3 }),
  }),
  { maxLength: 8 },
);

test('the order of arrival does not matter, and neither does a second delivery', () => {
  fc.assert(
    fc.property(
      changes.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length })),
      ),
      ([once, shuffledTwice]) => {
        expect(applied(shuffledTwice)).toEqual(applied(once));
      },
    ),
  );
});

test('the value that holds is the one with the greatest timestamp', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 20 }), (times) => {
      const properties = applied(times.map((ms) => change({ at: ms }, ms)));
      expect(known(properties)).toEqual({ at: Math.max(...times) });
    }),
  );
});

test('a change that a profile cannot hold is refused, and one that makes room is not', () => {
  const properties = applied([change({ a: 'x'.repeat(200_000) }, 1)]);
  expect(() => applied([change({ b: 'x'.repeat(200_000) }, 2)], properties)).toThrow(PropertiesTooLargeError);
  expect(known(applied([change({ a: 'y' }, 2), change({ b: 'x'.repeat(200_000) }, 3)], properties))).toMatchObject({
    a: 'y',
  });
});

test('so is one that makes for too many values, however few bytes they take', () => {
  const values = (count: number) => Array.from({ length: count }, () => ({}));
  const properties = applied([change({ a: values(LIMITS.propertyValues - 1) }, 1)]);
  expect(() => applied([change({ b: 1 }, 2)], properties)).toThrow(
    'properties: would hold 5001 JSON values, more than 5000',
  );
  expect(known(applied([change({ a: [] }, 2), change({ b: values(4_000) }, 3)], properties))).toMatchObject({ a: [] });
});

test('a deletion is forgotten once nothing older can arrive any more', () => {
  const deleted = applied([change({ a: null }, NOW_MS)]);
  const muchLaterMs = NOW_MS + APPLIED_RETENTION_MS + 1;
  expect(applyProperties(deleted, change({}, muchLaterMs), muchLaterMs)).toEqual({});
});
