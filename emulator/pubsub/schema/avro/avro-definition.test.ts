import avsc from 'avsc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileDefinition, type Definition, requireCompatible } from '../definition.ts';
import { type FieldValue, Unmappable } from '../field-value.ts';
import { compileAvro } from './avro-definition.ts';

const compile = (schema: unknown): Definition => compileAvro(JSON.stringify(schema));
const record = (...fields: object[]): object => ({ type: 'record', name: 'R', namespace: 'my.ns', fields });
const field = (type: unknown): object => record({ name: 'f', type });
const readJson = (schema: unknown, json: string): FieldValue => compile(schema).read(Buffer.from(json), 'JSON');
const readBinary = (schema: unknown, ...bytes: number[]): FieldValue =>
  compile(schema).read(Buffer.from(bytes), 'BINARY');

const ENUM = { type: 'enum', name: 'E', symbols: ['A', 'B'] };
const FIXED = { type: 'fixed', name: 'F', size: 2 };
const MAP = { type: 'map', values: 'int' };

test.each<[unknown, string, FieldValue]>([
  ['null', 'null', null],
  ['boolean', 'true', true],
  ['int', '-2147483648', -2_147_483_648n],
  ['long', '9223372036854775807', 9_223_372_036_854_775_807n],
  ['float', '1', 1],
  ['double', '1.5e3', 1500],
  ['double', '1000000000000000000000000000000', 1e30],
  ['string', '"ä"', 'ä'],
  ['bytes', String.raw`"\u00ff\u0000"`, '/wA='],
  [FIXED, '"ab"', 'YWI='],
  [ENUM, '"B"', 1n],
  [{ type: 'array', items: 'int' }, '[1,2]', [1n, 2n]],
  [MAP, '{"a":1,"__proto__":2}', [{ key: 'a', value: 1n }, { key: '__proto__', value: 2n }]], // prettier-ignore
  [['null', 'int'], 'null', null],
  [['null', 'int'], '{"int":1}', 1n],
  [['null', { type: 'record', name: 'a.b.C', fields: [] }], '{"a.b.C":{}}', {}],
  [['null', ENUM], '{"my.ns.E":"A"}', 0n],
  [['null', { type: 'array', items: 'int' }], '{"array":[1]}', [1n]],
  [['int', 'string'], '{"string":"x"}', new Unmappable('union')],
  [{ type: 'int', logicalType: 'date' }, '19000', '2022-01-08'],
  [{ type: 'int', logicalType: 'time-millis' }, '37800123', '10:30:00.123000'],
  [{ type: 'long', logicalType: 'time-micros' }, '37800000123', '10:30:00.000123'],
  [{ type: 'long', logicalType: 'timestamp-millis' }, '1795170600123', '2026-11-20T10:30:00.123000Z'],
  [{ type: 'long', logicalType: 'timestamp-micros' }, '-1', '1969-12-31T23:59:59.999999Z'],
  [{ type: 'long', logicalType: 'timestamp-micros' }, '9223372036854775807', 9_223_372_036_854_775_807n],
  [{ type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 }, String.raw`"\u0004\u00d2"`, '12.34'],
  [{ type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 }, String.raw`"\u00ff"`, '-0.01'],
  [{ type: 'string', logicalType: 'unheard-of' }, '"x"', 'x'],
])('a field of type %j takes the JSON %s', (type, json, expected) => {
  expect(readJson(field(type), `{"f":${json}}`)).toEqual({ f: expected });
});

test.each<[unknown, string]>([
  ['null', '0'],
  ['boolean', '"true"'],
  ['int', '2147483648'],
  ['int', '1.0'],
  ['int', '"1"'],
  ['int', 'null'],
  ['long', '9223372036854775808'],
  ['float', '"1"'],
  ['string', '1'],
  ['bytes', '"€"'],
  [FIXED, '"abc"'],
  [ENUM, '"C"'],
  [{ type: 'array', items: 'int' }, '{"0":1}'],
  [MAP, '[]'],
  [['null', 'int'], '1'],
  [['null', 'int'], '{"null":null}'],
  [['null', 'int'], '{"int":1,"string":"x"}'],
  [['null', 'int'], '{"long":1}'],
  [['int', 'string'], 'null'],
  [['null', ENUM], '{"E":"A"}'],
])('a field of type %j does not take the JSON %s', (type, json) => {
  expect(() => readJson(field(type), `{"f":${json}}`)).toThrow(/does not match|out of range|no symbol|bytes/);
});

test.each([
  ['', 'Unexpected end'],
  ['{"f":1} x', 'after JSON'],
  ['{"f":1}{"f":1}', 'after JSON'],
  ['{}', 'The field f is missing'],
  ['{"f":1,"g":2}', 'The schema has no field g'],
  ['[1]', 'type array'],
  ['{"f":"\xff', 'JSON'],
])('%s is no message', (json, error) => {
  expect(() => readJson(record({ name: 'f', type: 'int', default: 1 }), json)).toThrow(error);
});

test('a record that contains itself', () => {
  const list = record({ name: 'value', type: 'int' }, { name: 'next', type: ['null', 'my.ns.R'] });
  const json = '{"value":1,"next":{"my.ns.R":{"value":2,"next":null}}}';
  const expected = { value: 1n, next: { value: 2n, next: null } };
  expect(readJson(list, json)).toEqual(expected);
  expect(readBinary(list, 2, 2, 4, 0)).toEqual(expected);
});

test.each<[unknown, number[], FieldValue]>([
  ['null', [], null],
  ['boolean', [1], true],
  ['int', [1], -1n],
  ['long', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -9_223_372_036_854_775_808n],
  ['float', [0, 0, 0xc0, 0x3f], 1.5],
  ['double', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
  ['string', [4, 0xc3, 0xa4], 'ä'],
  ['bytes', [2, 0xff], '/w=='],
  [FIXED, [0x61, 0x62], 'YWI='],
  [ENUM, [2], 1n],
  [{ type: 'array', items: 'int' }, [4, 2, 4, 0], [1n, 2n]],
  [{ type: 'array', items: 'int' }, [3, 4, 2, 4, 2, 6, 0], [1n, 2n, 3n]],
  [MAP, [2, 2, 0x61, 2, 0], [{ key: 'a', value: 1n }]],
  [['null', 'int'], [0], null],
  [['null', 'int'], [2, 2], 1n],
  [{ ...FIXED, size: 12, logicalType: 'duration' }, [14, 0, 0, 0, 3, 0, 0, 0, 0xe8, 3, 0, 0], '1-2 3 00:00:01.000000'],
])('a field of type %j takes the bytes %j', (type, bytes, expected) => {
  expect(readBinary(field(type), ...bytes)).toEqual({ f: expected });
});

test.each<[string, unknown, number[]]>([
  ['cut short', 'int', [0x80]],
  ['cut short', 'string', [10, 0x61]],
  ['cut short', 'double', [1]],
  ['of a negative length', 'bytes', [1]],
  ['trailed by others', 'int', [2, 0]],
  ['no boolean', 'boolean', [2]],
  ['too large a number', 'int', [0x80, 0x80, 0x80, 0x80, 0x10]],
  ['too long a number', 'long', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
  ['no UTF-8', 'string', [2, 0xff]],
  ['no symbol', ENUM, [4]],
  ['no branch', ['null', 'int'], [4]],
  ['a count without items', { type: 'array', items: 'int' }, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ['a count of nothings', { type: 'array', items: 'null' }, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
])('bytes that are %s are no message', (_, type, bytes) => {
  expect(() => readBinary(field(type), ...bytes)).toThrow(
    /Not enough|Too much|negative|no boolean|out of range|64 bits|not valid|no symbol|no branch|too many/,
  );
});

test('what the library encodes is read as it was', () => {
  const schema = record(
    { name: 'i', type: 'int' },
    { name: 'l', type: 'long' },
    { name: 'd', type: 'double' },
    { name: 's', type: 'string' },
    { name: 'u', type: ['null', 'string'] },
    { name: 'a', type: { type: 'array', items: 'boolean' } },
  );
  const encoder = avsc.Type.forSchema(schema as never, { wrapUnions: true });
  const definition = compile(schema);
  const value = fc.record({
    i: fc.integer(),
    // The library writes larger ones wrong.
    l: fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
    d: fc.double({ noNaN: true, noDefaultInfinity: true }),
    s: fc.string({ unit: 'grapheme' }),
    u: fc.option(fc.string({ unit: 'grapheme' })),
    a: fc.array(fc.boolean()),
  });
  fc.assert(
    fc.property(value, (one) => {
      const wrapped = { ...one, u: one.u === null ? null : { string: one.u } };
      const expected = { ...one, i: BigInt(one.i), l: BigInt(one.l) };
      expect(definition.read(encoder.toBuffer(wrapped), 'BINARY')).toEqual(expected);
      expect(definition.read(Buffer.from(encoder.toString(wrapped)), 'JSON')).toMatchObject({ s: one.s, a: one.a });
    }),
  );
});

test('bytes that are no message are an error, whatever they are', () => {
  const definition = compile(
    record({
      name: 'm',
      type: { type: 'map', values: ['null', { type: 'array', items: ['null', 'my.ns.R', 'long'] }] },
    }),
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('JSON' as const, 'BINARY' as const),
      (data, encoding) => {
        try {
          definition.read(data, encoding);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test.each<[string, string]>([
  ['no JSON', '{'],
  ['an unknown type', '"x"'],
  ['null', 'null'],
  ['a record without name', '{"type":"record","fields":[]}'],
  ['a record without fields', '{"type":"record","name":"R"}'],
  ['a field with a name of other characters', JSON.stringify(record({ name: 'a-b', type: 'int' }))],
  ['a field there twice', JSON.stringify(record({ name: 'a', type: 'int' }, { name: 'a', type: 'int' }))],
  ['a default of another type', JSON.stringify(record({ name: 'a', type: 'int', default: 'x' }))],
  ['a union in a union', '["null",["int"]]'],
  ['a type twice in a union', '["null","null"]'],
  ['a name defined twice', JSON.stringify(record({ name: 'a', type: ENUM }, { name: 'b', type: ENUM }))],
  ['more than 300 KB', JSON.stringify(record({ name: 'a', type: 'int', doc: 'x'.repeat(300 * 1024) }))],
  ['endless nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
])('%s is no schema', async (_, source) => {
  await expect(compileDefinition('AVRO', source)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('a schema whose defaults multiply without end is refused in time', async () => {
  const bomb = Array.from({ length: 40 }).reduce<unknown>(
    (inner, _, index) => ({
      type: 'record',
      name: `R${index}`,
      fields: [
        { name: 'a', type: inner, default: index === 0 ? 0 : {} },
        { name: 'b', type: index === 0 ? 'int' : `R${index - 1}`, default: index === 0 ? 0 : {} },
      ],
    }),
    'int',
  );
  await expect(compileDefinition('AVRO', JSON.stringify(bomb))).rejects.toThrow('timed out');
});

test('a message of no bytes that would be values without end is refused', () => {
  const deep = Array.from({ length: 40 }).reduce<unknown>(
    (inner, _, index) => ({
      type: 'record',
      name: `R${index}`,
      fields: [
        { name: 'a', type: inner },
        { name: 'b', type: index === 0 ? 'null' : `R${index - 1}` },
      ],
    }),
    'null',
  );
  expect(() => compile(deep).read(Buffer.alloc(0), 'BINARY')).toThrow('too many values');
});

const A = { name: 'a', type: 'string' };

test.each<[string, object, object, boolean]>([
  ['a field with a default is added', record(A), record(A, { name: 'b', type: 'int', default: 0 }), true],
  ['a field with a default is removed', record(A, { name: 'b', type: 'int', default: 0 }), record(A), true],
  ['nothing changes but the documentation', record(A), record({ ...A, doc: 'text' }), true],
  ['a string becomes bytes', record(A), record({ ...A, type: 'bytes' }), true],
  ['a field without default is added', record(A), record(A, { name: 'b', type: 'int' }), false],
  ['a field without default is removed', record(A, { name: 'b', type: 'int' }), record(A), false],
  ['an int becomes a long, which no int can read', field('int'), field('long'), false],
  ['a type becomes nullable, which it was not', field('int'), field(['null', 'int']), false],
  ['the record gets another name', record(A), { ...record(A), name: 'S' }, false],
])('%s: compatible or not', (_, earlier, next, isCompatible) => {
  const check = (): void => requireCompatible(compile(earlier), compile(next));
  if (isCompatible) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
