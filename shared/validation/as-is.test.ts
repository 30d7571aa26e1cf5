import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import { asIs } from './as-is.ts';

const trimmed = z.string().trim();
const capitals = z.string().check((payload) => {
  payload.value = payload.value.toUpperCase();
});
const twice = z.object({ a: z.number() }).refine(({ a }) => a !== 2, 'not two');

test.each<[string, z.ZodType, readonly unknown[], readonly unknown[]]>([
  ['a string', z.string().min(2).max(3), ['ab', 'abc'], ['a', 'abcd', 1, null, undefined]],
  ['a pattern', z.string().regex(/^a+$/), ['aa'], ['b']],
  ['a number', z.number().min(1), [1, 1.5], [0, Number.NaN, Infinity, '1']],
  ['an integer', z.int(), [1], [1.5, 2 ** 60]],
  ['a boolean', z.boolean(), [true, false], [0, 'true']],
  ['an enum', z.enum(['a', 'b']), ['a'], ['c', 1]],
  ['a literal', z.literal(['a', null]), ['a', null], ['b', undefined]],
  ['anything', z.unknown(), [1, null, {}], []],
  ['a condition', z.custom((value) => value === 'x', 'must be x'), ['x'], ['y']],
  ['a list', z.array(z.string()).max(2), [[], ['a', 'b']], [['a', 1], ['a', 'b', 'c'], {}]],
  ['optional', z.object({ a: z.string().optional() }), [{}, { a: 'a' }], [{ a: null }, { a: 1 }, []]],
  ['nullish', z.object({ a: z.string().nullish() }), [{}, { a: 'a' }, { a: null }], [{ a: 1 }]],
  ['required', z.object({ a: z.unknown() }), [{ a: null }], [{}, null, 'a', [1]]],
  ['strict', z.strictObject({ a: z.string() }), [{ a: 'a' }], [{ a: 'a', b: 1 }]],
  ['loose', z.looseObject({ a: z.string() }), [{ a: 'a', b: 1 }], [JSON.parse('{"a": "a", "__proto__": 1}')]],
  ['refined', twice, [{ a: 1 }], [{ a: 2 }, {}]],
  ['a check that changes it', capitals, ['A'], ['a']],
])('%s', (_name, schema, valid, others) => {
  const test = asIs(schema);
  expect(valid.filter((value) => !test(value))).toEqual([]);
  expect(others.filter((value) => test(value))).toEqual([]);
});

test.each<[string, z.ZodType, unknown]>([
  ['what would be dropped', z.object({ a: z.string() }), { a: 'a', b: 1 }],
  ['what would be filled in', z.object({ a: z.string().default('a') }), {}],
  ['what would be put in the place of what is absent', z.object({ a: z.string().catch('a') }), {}],
  ['the same where it is optional', z.object({ a: z.string().catch('a').optional() }), {}],
  ['what would be made of nothing', z.object({ a: z.preprocess((value) => value ?? 'a', z.string()) }), {}],
  ['what would be changed', trimmed, ' a '],
  ['what would be converted', z.coerce.number(), '1'],
  ['what it does not know', z.record(z.string(), z.number()), { a: 1 }],
])('leaves to the schema %s', (_name, schema, value) => {
  expect(schema.safeParse(value).success).toBe(true);
  expect(asIs(schema)(value)).toBe(false);
});

test('says nothing of members that are checked, nor of what takes time', () => {
  const checked = z.object({}).catchall(z.unknown().refine(() => false));
  expect(asIs(checked)({ a: 1 })).toBe(false);
  expect(asIs(z.string().refine(async () => Promise.reject(new Error('not found'))))('a')).toBe(false);
});

const someOf = (value: unknown): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: around(value) }, { weight: 1, arbitrary: fc.jsonValue() });

/** `value` with some of its members gone, added, or other than they were. */
function around(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value)) return fc.tuple(...value.map(someOf));
  if (typeof value !== 'object' || value === null) return fc.constant(value);
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, someOf(member)]));
  const kept = fc.oneof(
    { weight: 3, arbitrary: fc.record(members) },
    { weight: 1, arbitrary: fc.record(members, { requiredKeys: [] }) },
  );
  return fc
    .tuple(kept, fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { freq: 3, nil: {} }))
    .map(([own, further]) => ({ ...further, ...own }));
}

test.each(CATALOGUE)('of $type $version it never takes what the schema refuses or changes', ({ data, example }) => {
  const isValid = asIs(data);
  expect(isValid(example.data)).toBe(true);
  let taken = 0;
  fc.assert(
    fc.property(around(example.data), (value) => {
      if (!isValid(value)) return;
      taken++;
      expect(data.safeParse(value)).toEqual({ success: true, data: value });
    }),
    { numRuns: 300 },
  );
  expect(taken).toBeGreaterThan(0);
});
