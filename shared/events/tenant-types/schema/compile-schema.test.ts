/* oxlint-disable unicorn/no-thenable -- a keyword of JSON Schema */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkData } from '../check-data.ts';
import { type Finding, Steps } from './check.ts';
import { compileSchema } from './compile-schema.ts';
import { FORMATS } from './formats.ts';
import { SchemaError } from './keyword.ts';

function findingOf(schema: object, value: unknown): Finding | undefined {
  return compileSchema(schema)(value, new Steps(100_000));
}

const money = { type: 'number', minimum: 0, multipleOf: 0.01 };
const line = {
  type: 'object',
  required: ['sku', 'quantity'],
  properties: { sku: { type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' }, quantity: { type: 'integer', minimum: 1 } },
};
const order = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Order',
  type: 'object',
  required: ['order'],
  properties: {
    order: {
      type: 'object',
      required: ['id', 'total'],
      properties: {
        id: { type: 'string', format: 'uuid' },
        total: { $ref: '#/$defs/money' },
        lines: { type: 'array', items: line, minItems: 1 },
        status: { enum: ['open', 'paid'] },
      },
      additionalProperties: false,
    },
  },
  $defs: { money },
};
const good = {
  order: { id: '0190a1b2-0000-7000-8000-000000000000', total: 19.99, lines: [{ sku: 'ABC-1234', quantity: 1 }] },
};

test('an order', () => {
  expect(findingOf(order, good)).toBeUndefined();
});

test.each<[object, string]>([
  [{}, 'data.order: required'],
  [{ order: [] }, 'data.order: must be an object'],
  [{ order: { ...good.order, total: -1 } }, 'data.order.total: must be >= 0'],
  [{ order: { ...good.order, total: 1.005 } }, 'data.order.total: must be a multiple of 0.01'],
  [{ order: { ...good.order, total: '1' } }, 'data.order.total: must be a number'],
  [{ order: { ...good.order, id: 'x' } }, 'data.order.id: not of the format uuid'],
  [{ order: { ...good.order, lines: [] } }, 'data.order.lines: must have at least 1 items'],
  [{ order: { ...good.order, lines: [line, {}] } }, 'data.order.lines.0.sku: required'],
  [
    { order: { ...good.order, lines: [{ sku: 'abc', quantity: 1 }] } },
    'data.order.lines.0.sku: must match ^[A-Z]{3}-\\d{4}$',
  ],
  [{ order: { ...good.order, status: 'lost' } }, 'data.order.status: must be one of "open", "paid"'],
  [{ order: { ...good.order, totl: 1 } }, 'data.order.totl: unknown field'],
  [JSON.parse('{"__proto__":{"order":1}}') as object, 'data.order: required'],
])('%j: %s', (data, message) => {
  expect(checkData(data as Record<string, unknown>, compileSchema(order))).toEqual({
    ok: false,
    error: { code: 'invalid_event', message, path: message.slice(0, message.indexOf(':')) },
  });
});

test.each<[object, unknown, string | undefined]>([
  [{ type: ['string', 'null'] }, 1, 'must be a string or null'],
  [{ const: { a: [1] } }, { a: [2] }, 'must be {"a":[1]}'],
  [{ minLength: 2 }, '🦊', 'shorter than 2 characters'],
  [{ maxLength: 2 }, '🦊🦊', undefined],
  [{ maxLength: 1 }, '🦊🦊', 'longer than 1 characters'],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1, 'matches none of the alternatives'],
  [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 1, 'matches 2 of the alternatives, and must match one'],
  [{ not: { type: 'null' } }, null, 'is what it must not be'],
  [{ if: { type: 'string' }, then: { minLength: 2 }, else: { minimum: 5 } }, 'a', 'shorter than 2 characters'],
  [{ if: { type: 'string' }, then: { minLength: 2 }, else: { minimum: 5 } }, 4, 'must be >= 5'],
  [
    { uniqueItems: true },
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    'is there twice',
  ],
  [{ uniqueItems: true }, [1, '1', [1], { 1: 1 }], undefined],
  [{ additionalProperties: { type: 'number' }, properties: { a: {} } }, { a: 'x', b: 'x' }, 'must be a number'],
  [{ exclusiveMinimum: 1 }, 1, 'must be > 1'],
  [{ maxProperties: 0 }, JSON.parse('{"__proto__":1}'), 'must have at most 0 fields'],
  [{ required: ['constructor'] }, {}, 'required'],
  [{ properties: { toString: { type: 'string' } } }, {}, undefined],
  [{ items: false }, [1], 'not allowed'],
])('%j and %j: %s', (schema, value, reason) => {
  expect(findingOf(schema, value)?.reason).toBe(reason);
});

test.each<[unknown, string, string]>([
  [{ typo: 1 }, 'typo', 'is not supported'],
  [{ properties: { a: { minimun: 1 } } }, 'properties.a.minimun', 'is not supported'],
  [
    { $schema: 'http://json-schema.org/draft-07/schema#' },
    '$schema',
    'must be https://json-schema.org/draft/2020-12/schema',
  ],
  [{ $ref: 'https://example.com/a.json' }, '$ref', 'must be of the form #/$defs/name'],
  [{ $ref: '#' }, '$ref', 'must be of the form #/$defs/name'],
  [{ $ref: '#/properties/a' }, '$ref', 'must be of the form #/$defs/name'],
  [{ $ref: '#/$defs/a' }, '$ref', 'there is no $defs/a'],
  [{ $ref: '#/$defs/toString' }, '$ref', 'there is no $defs/toString'],
  [{ $defs: { a: { $ref: '#/$defs/a' } } }, '$defs.a.$ref', 'refers to itself'],
  [
    { $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { not: { $ref: '#/$defs/a' } } } },
    '$defs.b.not.$ref',
    'refers to itself',
  ],
  [{ $dynamicRef: '#a' }, '$dynamicRef', 'is not supported'],
  [{ $id: 'x' }, '$id', 'is not supported'],
  [{ unevaluatedProperties: false }, 'unevaluatedProperties', 'is not supported'],
  [{ patternProperties: {} }, 'patternProperties', 'is not supported'],
  [{ type: 'text' }, 'type', 'there is no type text'],
  [{ minimum: '1' }, 'minimum', 'must be a number'],
  [{ multipleOf: 0 }, 'multipleOf', 'must be greater than 0'],
  [{ maxLength: -1 }, 'maxLength', 'must be a whole number, not negative'],
  [{ pattern: '^(a+)+$' }, 'pattern', 'is ambiguous'],
  [{ format: 'regex' }, 'format', 'must be one of date-time'],
  [{ anyOf: [] }, 'anyOf', 'must be a non-empty array'],
  [{ items: 1 }, 'items', 'must be a schema'],
  [{ then: { typo: 1 } }, 'then.typo', 'is not supported'],
  [{ enum: 1 }, 'enum', 'must be an array'],
  [{ required: 'a' }, 'required', 'must be an array of strings'],
  [{ description: 'x'.repeat(40_000) }, '', 'longer than 32768 characters of JSON'],
  [
    JSON.parse(`${'{"not":'.repeat(40)}{}${'}'.repeat(40)}`),
    'not.'.repeat(33).slice(0, -1),
    'nested more than 32 levels deep',
  ],
])('%j is refused at %s: %s', (schema, path, reason) => {
  let error: unknown;
  try {
    compileSchema(schema);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SchemaError);
  expect([(error as SchemaError).path.join('.'), (error as SchemaError).message]).toEqual([
    path,
    expect.stringContaining(reason),
  ]);
});

test.each<[string, string[], string[]]>([
  ['date-time', ['2026-11-20T10:30:00Z', '2026-11-20t10:30:00.5+01:00'], ['2026-11-20', '2026-02-30T00:00:00Z', 'x']],
  ['date', ['2026-11-20', '2028-02-29'], ['2026-02-29', '2026-11-20T', '20261120']],
  ['uuid', ['0190A1b2-0000-7000-8000-000000000000'], ['0190a1b2000070008000000000000000', '']],
  [
    'email',
    ['ada@example.com', 'a.b+c@x.y'],
    ['ada', '@x', 'a@', 'a..b@x.y', '.a@x.y', 'a b@x.y', 'a@b@x..y', `${'a'.repeat(65)}@x.y`],
  ],
  ['hostname', ['example.com', 'a-b.c'], ['-a.b', 'a..b', '', `${'a'.repeat(64)}.b`]],
  ['ipv4', ['127.0.0.1'], ['127.0.0.256', '1.2.3']],
  ['ipv6', ['::1', 'fe80::1'], ['fe80::1%eth0', ':::']],
  [
    'uri',
    ['https://example.com/a?b#c', 'urn:isbn:1', 'mailto:a@b.c'],
    ['/a', 'https://a b', 'https://', 'x:%zz', 'http://[::1'],
  ],
])('format %s', (format, valid, invalid) => {
  for (const text of valid) expect(findingOf({ format }, text)).toBeUndefined();
  for (const text of invalid) expect(findingOf({ format }, text)).toBeDefined();
  expect(FORMATS.get(format)?.('a'.repeat(1_000_000))).toBe(false);
});

test.each([
  [19.99, 0.01, true],
  [0.3, 0.1, true],
  [0.35, 0.1, false],
  [1e21, 7, false],
  [1.5, 0.5, true],
  [-4, 2, true],
  [Number.MAX_VALUE, Number.MIN_VALUE, true],
  [0, 0.3, true],
  [7, 2.5, false],
  [7.5, 2.5, true],
])('%d is a multiple of %d: %s', (value, multipleOf, expected) => {
  expect(findingOf({ multipleOf }, value) === undefined).toBe(expected);
});

describe('Ajv decides the same', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const leaf = fc.constantFrom<object | boolean>(
    true,
    false,
    { type: 'string' },
    { type: ['integer', 'null'] },
    { minimum: 1 },
    { exclusiveMaximum: 2 },
    { multipleOf: 2 },
    { minLength: 2 },
    { maxLength: 1 },
    { pattern: '^a*b$' },
    { enum: [1, 'a', [], { a: 1 }] },
    { const: { a: 1, b: [2] } },
    { required: ['a'] },
    { uniqueItems: true },
    { minItems: 1, maxItems: 2 },
    { minProperties: 1, maxProperties: 1 },
    { $ref: '#/$defs/d' },
  );
  const name = fc.constantFrom('a', 'b');
  const schemaOf = (levels: number): fc.Arbitrary<object | boolean> => {
    if (levels === 0) return leaf;
    const inner = schemaOf(levels - 1);
    const some = fc.array(inner, { minLength: 1, maxLength: 2 });
    const whole = fc.record(
      {
        properties: fc.dictionary(name, inner),
        additionalProperties: inner,
        items: inner,
        prefixItems: some,
        allOf: some,
        anyOf: some,
        oneOf: some,
        not: inner,
        if: inner,
        then: inner,
        else: inner,
      },
      { requiredKeys: [] },
    );
    return fc.oneof(leaf, whole);
  };
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom<unknown>(null, true, 0, 1, 2, 1.5, '', 'a', 'ab', '🦊', 'b'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(name, tie('any'), { maxKeys: 2 }),
    ),
  })).any;

  /** As it is parsed: no object is without a prototype, which Ajv would tell apart. */
  const json = value.map((made) => JSON.parse(JSON.stringify(made)) as unknown);

  test('about any such schema and value', () => {
    fc.assert(
      fc.property(schemaOf(2), leaf, json, (root, definition, data) => {
        fc.pre(!JSON.stringify(definition).includes('$ref'));
        const whole = { $defs: { d: definition }, allOf: [root] };
        expect(findingOf(whole, data) === undefined).toBe(ajv.compile(whole)(data));
        ajv.removeSchema();
      }),
      { numRuns: 300 },
    );
  });
});
