import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import { expect, test } from 'vitest';
import { loadDescriptors } from '../../protocol/descriptors.ts';
import { parseMessage } from './parse.ts';
import { printMessage } from './print.ts';

const mapTo = (type: string, id: number): protobuf.IMapField => ({ keyType: 'string', type, id });

const root = loadDescriptors();
// The API has no message with all kinds of fields: one more beside them.
root.addJSON({
  Kinds: {
    oneofs: { choice: { oneof: ['left', 'right'] }, _perhaps: { oneof: ['perhaps'] } },
    fields: {
      text: { type: 'string', id: 1 },
      flag: { type: 'bool', id: 2 },
      count: { type: 'int32', id: 3 },
      size: { type: 'uint32', id: 4 },
      bigCount: { type: 'int64', id: 5 },
      bigSize: { type: 'uint64', id: 6 },
      ratio: { type: 'double', id: 7 },
      small: { type: 'float', id: 8 },
      raw: { type: 'bytes', id: 9 },
      left: { type: 'string', id: 10 },
      right: { type: 'Kinds', id: 11 },
      perhaps: { type: 'int32', id: 12, options: { proto3_optional: true } },
      numbers: { rule: 'repeated', type: 'int32', id: 13 },
      others: { rule: 'repeated', type: 'Kinds', id: 14 },
      labels: mapTo('string', 15),
      named: mapTo('Kinds', 16),
      encoding: { type: 'google.pubsub.v1.Encoding', id: 17 },
      period: { type: 'google.protobuf.Duration', id: 18 },
      time: { type: 'google.protobuf.Timestamp', id: 19 },
      mask: { type: 'google.protobuf.FieldMask', id: 20 },
      struct: { type: 'google.protobuf.Struct', id: 21 },
      value: { type: 'google.protobuf.Value', id: 22 },
      list: { type: 'google.protobuf.ListValue', id: 23 },
    },
  },
});
root.resolveAll();
const KINDS = root.lookupType('Kinds');

/** What comes back of JSON that was encoded. */
const roundTrip = (json: unknown): unknown =>
  printMessage(KINDS, KINDS.decode(KINDS.encode(parseMessage(KINDS, json)).finish()));

test.each<[object, object?]>([
  [{}],
  [{ text: 'ä', flag: true, count: -5, size: 5, ratio: 0.5, small: 0.25, raw: 'AP/+' }],
  [{ text: '', flag: false, count: 0, ratio: 0, raw: '', numbers: [], labels: {}, encoding: 0 }, {}],
  [{ text: '0', numbers: [0], labels: { zero: '' } }],
  [{ text: null, numbers: null, right: null, period: null }, {}],
  [
    { count: '12', size: '4294967295', bigCount: 7, ratio: '1.5', flag: 'true' },
    { count: 12, size: 4294967295, bigCount: '7', ratio: 1.5, flag: true },
  ],
  [
    { count: 1e3, bigSize: '1e3' },
    { count: 1000, bigSize: '1000' },
  ],
  [{ bigCount: '-9223372036854775808', bigSize: '18446744073709551615' }],
  [{ ratio: 'NaN', small: '-Infinity' }],
  [{ raw: '_-8' }, { raw: '/+8=' }],
  [
    { big_count: '1', perhaps: 0 },
    { bigCount: '1', perhaps: 0 },
  ],
  [{ left: '' }],
  [{ right: {} }],
  [{ right: { right: { text: 'deep' } }, others: [{}, { count: 1 }], named: { a: { count: 1 }, b: {} } }],
  [JSON.parse('{"labels": {"__proto__": "x", "constructor": "y"}}') as object],
  [{ encoding: 'BINARY' }],
  [{ encoding: 1 }, { encoding: 'JSON' }],
  [{ encoding: 99 }],
  [{ period: '600s', time: '2026-11-20T10:30:00.500Z' }],
  [{ mask: 'labels,pushConfig.pushEndpoint' }],
  [{ mask: 'push_config.push_endpoint, labels' }, { mask: 'pushConfig.pushEndpoint,labels' }],
  [{ struct: { a: [1, 'x', null, { b: true }], c: {} }, list: [[], null], value: null }],
  [{ value: [0, false, ''] }],
])('%j', (json, printed = json) => {
  expect(roundTrip(json)).toEqual(printed);
});

test.each<[unknown, string]>([
  [[], 'Invalid JSON payload received. Unknown name "": Root element must be a message.'],
  ['x', 'Unknown name "": Root element must be a message.'],
  [null, 'Unknown name "": Root element must be a message.'],
  [{ nope: 1 }, 'Invalid JSON payload received. Unknown name "nope": Cannot find field.'],
  [{ right: { nope: null } }, `Unknown name "nope" at 'right': Cannot find field.`],
  [{ others: [{}, { nope: 1 }] }, `Unknown name "nope" at 'others[1]': Cannot find field.`],
  [{ constructor: 1 }, 'Unknown name "constructor"'],
  [JSON.parse('{"__proto__": 1}'), 'Unknown name "__proto__"'],
  [{ text: 5 }, "Invalid value at 'text' (TYPE_STRING), 5"],
  [{ text: '\ud800' }, "Invalid value at 'text' (TYPE_STRING)"],
  [{ flag: 1 }, "Invalid value at 'flag' (TYPE_BOOL), 1"],
  [{ flag: ['true'] }, "Invalid value at 'flag' (TYPE_BOOL)"],
  [{ count: 'x' }, `Invalid value at 'count' (TYPE_INT32), "x"`],
  [{ count: '' }, '(TYPE_INT32)'],
  [{ count: 1.5 }, '(TYPE_INT32), 1.5'],
  [{ count: 2 ** 31 }, '(TYPE_INT32), 2147483648'],
  [{ count: {} }, '(TYPE_INT32), {}'],
  [{ size: -1 }, '(TYPE_UINT32), -1'],
  [{ bigCount: '9223372036854775808' }, `Invalid value at 'big_count' (TYPE_INT64), "9223372036854775808"`],
  [{ small: 1e39 }, '(TYPE_FLOAT)'],
  [{ raw: '%%' }, `Invalid value at 'raw' (TYPE_BYTES), Base64 decoding failed for "%%"`],
  [{ raw: 'A' }, 'Base64 decoding failed for "A"'],
  [{ raw: 5 }, '(TYPE_BYTES), 5'],
  [{ numbers: 1 }, "Invalid value at 'numbers' (TYPE_INT32), 1"],
  [{ numbers: [1, 'x'] }, `Invalid value at 'numbers[1]' (TYPE_INT32), "x"`],
  [{ numbers: [null] }, "Invalid value at 'numbers[0]' (TYPE_INT32), null"],
  [{ labels: [] }, 'Cannot bind a non-map to a map field.'],
  [{ labels: { a: 'x', b: 1 } }, "Invalid value at 'labels[1].value' (TYPE_STRING), 1"],
  [{ right: 'x' }, `Invalid value at 'right' (type.googleapis.com/Kinds), "x"`],
  [{ right: [] }, "Invalid value at 'right'"],
  [
    { left: 'x', right: {} },
    "Invalid value at 'choice' (oneof), oneof field 'choice' is already set. Cannot set 'right'",
  ],
  [{ encoding: 'XML' }, `Invalid value at 'encoding' (type.googleapis.com/google.pubsub.v1.Encoding), "XML"`],
  [{ encoding: 'toString' }, 'google.pubsub.v1.Encoding'],
  [
    { period: '5' },
    "Invalid value at 'period' (type.googleapis.com/google.protobuf.Duration), Illegal duration format",
  ],
  [{ period: { seconds: 5 } }, '(type.googleapis.com/google.protobuf.Duration), {"seconds":5}'],
  [{ time: 'yesterday' }, 'Illegal timestamp format'],
  [{ mask: ['labels'] }, 'google.protobuf.FieldMask'],
  [{ struct: [] }, 'google.protobuf.Struct'],
  [{ list: {} }, 'google.protobuf.ListValue'],
  [{ value: JSON.parse(`${'['.repeat(1000)}${']'.repeat(1000)}`) as unknown }, 'Message too deep.'],
])('%j is refused', (json, message) => {
  expect(() => parseMessage(KINDS, json)).toThrow(message);
});

test('a refusal names the field in its details, and does not send ten megabytes back', () => {
  const refusal: unknown = expect.objectContaining({
    code: 'INVALID_ARGUMENT',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'count', description: expect.any(String) }],
      },
    ],
  });
  try {
    parseMessage(KINDS, { count: 'x'.repeat(10_000_000) });
    expect.unreachable();
  } catch (error) {
    expect(error).toEqual(refusal);
    expect((error as Error).message.length).toBeLessThan(500);
  }
});

test('enums are numbers for those who ask', () => {
  const message = KINDS.decode(KINDS.encode({ encoding: 2 }).finish());
  expect(printMessage(KINDS, message, { enumsAsNumbers: true })).toEqual({ encoding: 2 });
});

test('whatever JSON it is, it is a message or an INVALID_ARGUMENT; and a message comes back as it was', () => {
  const name = fc.constantFrom(...KINDS.fieldsArray.map((field) => field.name), 'nope');
  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom('1', '1s', '2026-11-20T10:30:00Z', 'BINARY', 'AA=='),
  );
  const { message } = fc.letrec((tie) => ({
    message: fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    value: fc.oneof({ depthSize: 'small' }, leaf, tie('message'), fc.array(tie('message'), { maxLength: 3 })),
  }));
  fc.assert(
    fc.property(message, (json) => {
      let printed: unknown;
      try {
        printed = roundTrip(json);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
        return;
      }
      expect(roundTrip(printed)).toEqual(printed);
    }),
    { numRuns: 2000 },
  );
});

test('every message of the API can be read from JSON and printed', () => {
  const { Type } = protobuf;
  const types = root.lookup('google.pubsub.v1');
  expect(types).toBeInstanceOf(protobuf.Namespace);
  for (const type of (types as protobuf.Namespace).nestedArray.filter((one) => one instanceof Type)) {
    expect(printMessage(type, type.decode(type.encode(parseMessage(type, {})).finish()))).toEqual({});
  }
});
