import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileDefinition, type Definition, requireCompatible } from '../definition.ts';
import { type FieldValue, Unmappable } from '../field-value.ts';
import { compileProtobuf } from './protobuf-definition.ts';

const proto3 = (body: string): Definition => compileProtobuf(`syntax = "proto3"; message M { ${body} }`);
const proto2 = (body: string): Definition => compileProtobuf(`syntax = "proto2"; message M { ${body} }`);
const json = (definition: Definition, text: string): FieldValue => definition.read(Buffer.from(text), 'JSON');
const binary = (definition: Definition, ...bytes: number[]): FieldValue =>
  definition.read(Buffer.from(bytes), 'BINARY');

test.each<[string, string, FieldValue]>([
  ['double f = 1;', '1', 1],
  ['float f = 1;', '"NaN"', Number.NaN],
  ['int32 f = 1;', '"7"', 7n],
  ['int64 f = 1;', '"9223372036854775807"', 9_223_372_036_854_775_807n],
  ['uint64 f = 1;', '18446744073709549568', 18_446_744_073_709_549_568n],
  ['bool f = 1;', 'true', true],
  ['string f = 1;', '"ä"', 'ä'],
  ['bytes f = 1;', '"_w=="', '/w=='],
  ['enum E { Z = 0; A = 1; } E f = 1;', '"A"', 1n],
  ['enum E { Z = 0; A = 1; } E f = 1;', '7', 7n],
  ['repeated int32 f = 1;', '[1,2]', [1n, 2n]],
  ['map<string, int32> f = 1;', '{"a":1}', [{ key: 'a', value: 1n }]],
  ['message N { string s = 1; } N f = 1;', '{"s":"x"}', { s: 'x' }],
  ['message N { string s = 1; } map<int32, N> f = 1;', '{"3":{"s":"x"}}', [{ key: 3n, value: { s: 'x' } }]],
  ['optional int32 f = 1;', '0', 0n],
  ['optional int32 f = 1;', 'null', null],
  ['int32 f = 1;', 'null', 0n],
  ['oneof o { int32 f = 1; }', '1', new Unmappable('oneof')],
])('%s takes the JSON %s', (body, value, expected) => {
  expect(json(proto3(body), `{"f":${value}}`)).toEqual({ f: expected });
});

test('a field goes by its own name and by that in camel case', () => {
  const definition = proto3('string user_name = 1; string other = 2 [json_name = "another"];');
  const expected = { user_name: 'x', other: 'y' };
  expect(json(definition, '{"userName":"x","another":"y"}')).toEqual(expected);
  expect(json(definition, '{"user_name":"x","other":"y"}')).toEqual(expected);
});

test.each([
  ['int32 f = 1;', '{"g":1}'],
  ['int32 f = 1;', '{"f":1.5}'],
  ['int32 f = 1;', '{"f":2147483648}'],
  ['uint32 f = 1;', '{"f":-1}'],
  ['string f = 1;', '{"f":1}'],
  ['bool f = 1;', '{"f":"true"}'],
  ['enum E { Z = 0; } E f = 1;', '{"f":"Q"}'],
  ['repeated int32 f = 1;', '{"f":1}'],
  ['oneof o { int32 f = 1; int32 g = 2; }', '{"f":1,"g":2}'],
  ['int32 f = 1;', '{"f":1,"f":2}'],
  ['int32 f = 1;', '[]'],
  ['int32 f = 1;', ''],
  ['int32 f = 1;', '{} x'],
  ['M f = 1;', `${'{"f":'.repeat(200)}{}${'}'.repeat(200)}`],
])('%s does not take the JSON %s', (body, text) => {
  expect(() => json(proto3(body), text)).toThrow('cannot decode');
});

test.each<[string, number[], FieldValue]>([
  ['', [], {}],
  ['int32 f = 1;', [], { f: 0n }],
  ['int32 f = 1;', [8, 150, 1], { f: 150n }],
  ['sint64 f = 1;', [8, 1], { f: -1n }],
  ['string f = 1;', [10, 1, 0x61], { f: 'a' }],
  ['repeated int32 f = 1;', [10, 2, 1, 2], { f: [1n, 2n] }],
  ['repeated int32 f = 1;', [8, 1, 8, 2], { f: [1n, 2n] }],
  ['map<string, bool> f = 1;', [10, 5, 10, 1, 0x61, 16, 1], { f: [{ key: 'a', value: true }] }],
  ['message N { int32 i = 1; } N f = 1;', [10, 2, 8, 1], { f: { i: 1n } }],
])('%s takes the bytes %j', (body, bytes, expected) => {
  expect(binary(proto3(body), ...bytes)).toEqual(expected);
});

test.each<[string, string, number[]]>([
  ['of a field that is not there', 'int32 f = 1;', [16, 1]],
  ['of a field that is not there, further in', 'message N {} N f = 1;', [10, 2, 8, 1]],
  ['cut short', 'string f = 1;', [10, 2, 0x61]],
  ['no UTF-8', 'string f = 1;', [10, 1, 0xff]],
  ['no tag', 'string f = 1;', [0]],
])('bytes that are %s are no message', (_, body, bytes) => {
  expect(() => binary(proto3(body), ...bytes)).toThrow(/premature EOF|has no field|not valid|illegal tag/);
});

test('proto2: what is required must be there, and groups are messages', () => {
  const definition = proto2('required string name = 1; optional group Sub = 2 { optional int32 a = 1; }');
  expect(binary(definition, 10, 1, 0x61, 0x13, 8, 5, 0x14)).toEqual({ name: 'a', sub: { a: 5n } });
  expect(() => json(definition, '{}')).toThrow('required field name');
  expect(() => binary(definition)).toThrow('required field name');
});

test('proto2: a value that the enum does not have is unknown', () => {
  const definition = proto2('enum E { A = 1; } optional E e = 1;');
  expect(binary(definition, 8, 1)).toEqual({ e: 1n });
  expect(() => binary(definition, 8, 2)).toThrow('no field of number 1');
});

test('bytes that are no message are an error, whatever they are', () => {
  const definition = proto3(
    'string a = 1; repeated M ms = 2; map<string, M> m = 3; oneof o { bytes b = 4; double d = 5; }',
  );
  const encoding = fc.constantFrom('JSON' as const, 'BINARY' as const);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), encoding, (data, chosen) => {
      try {
        definition.read(data, chosen);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['', 'one top-level type'],
  ['syntax = "proto3"; message A {} message B {}', 'there are 2'],
  ['syntax = "proto3"; message A {} enum E { Z = 0; }', 'there are 2'],
  ['syntax = "proto3"; enum E { Z = 0; }', 'one top-level type'],
  ['syntax = "proto3"; import "google/protobuf/timestamp.proto"; message A {}', 'import'],
  ['syntax = "proto3"; import weak "x.proto"; message A {}', 'import'],
  ['syntax = "proto3"; message A { B b = 1; }', 'B'],
  ['syntax = "proto3"; message A { google.protobuf.Timestamp t = 1; }', 'Timestamp'],
  ['syntax = "proto3"; message A { string a = 0; }', 'number of field a'],
  ['syntax = "proto3"; message A { string a = 19000; }', 'number of field a'],
  ['syntax = "proto3"; message A { string a = 536870912; }', 'number of field a'],
  ['syntax = "proto3"; message A { string a = 1; string b = 1; }', 'duplicate'],
  ['syntax = "proto3"; message A { string a = 1; string a = 2; }', 'duplicate'],
  ['syntax = "proto3"; message A { reserved 1; string a = 1; }', 'reserved'],
  ['syntax = "proto3"; message A { required string a = 1; }', 'required'],
  ['syntax = "proto3"; message A { enum E { B = 1; } E e = 1; }', 'must be 0'],
  ['syntax = "proto3"; message A { enum E {} E e = 1; }', 'no values'],
  ['syntax = "proto3"; message A { string a = 1;', 'Could not parse'],
  ['syntax = "proto4"; message A {}', 'Could not parse'],
  ['edition = "2023"; message A {}', 'Could not parse'],
  [`syntax = "proto3"; ${'message A { '.repeat(20_000)}${'}'.repeat(20_000)}`, 'depth'],
])('%s is no schema', async (source, reason) => {
  await expect(compileDefinition('PROTOCOL_BUFFER', source)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(reason) as string,
  });
});

test('a package and names that mean something to JavaScript are allowed', () => {
  const source = 'syntax = "proto3"; package my.pkg; message constructor { string valueOf = 1; string toString = 2; }';
  const read = json(compileProtobuf(source), '{"valueOf":"a","toString":"b"}');
  expect(Object.entries(read as object)).toEqual([
    ['valueOf', 'a'],
    ['toString', 'b'],
  ]);
});

test.each<[string, Definition, Definition, boolean]>([
  ['an optional field is added', proto3('int32 a = 1;'), proto3('int32 a = 1; string b = 2;'), true],
  ['an optional field is removed', proto3('int32 a = 1; optional string b = 2;'), proto3('int32 a = 1;'), true],
  ['a required field is added', proto2('optional int32 a = 1;'), proto2('required int32 b = 2;'), false],
  ['a required field is removed', proto2('required int32 a = 1;'), proto2(''), false],
  ['a repeated field is added', proto3(''), proto3('repeated int32 a = 1;'), false],
  ['a field gets another type', proto3('int32 a = 1;'), proto3('int64 a = 1;'), false],
  ['a field gets another name', proto3('int32 a = 1;'), proto3('int32 b = 1;'), false],
  ['a field gets another number', proto3('repeated int32 a = 1;'), proto3('repeated int32 a = 2;'), false],
  ['a field becomes repeated', proto3('int32 a = 1;'), proto3('repeated int32 a = 1;'), false],
  [
    'a field of a field changes',
    proto3('message N { int32 i = 1; M m = 2; } N n = 1;'),
    proto3('message N { bool i = 1; M m = 2; } N n = 1;'),
    false,
  ],
  ['a message that contains itself gets an optional field', proto3('M m = 1;'), proto3('M m = 1; int32 a = 2;'), true],
])('%s: compatible or not', (_, earlier, next, isCompatible) => {
  const check = (): void => requireCompatible(earlier, next);
  if (isCompatible) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
