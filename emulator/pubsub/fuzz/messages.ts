import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import { textFor } from './words.ts';

/** Deeper, messages have no messages in them. */
const MAX_DEPTH = 3;
/** Of a message's fields, so many are set, about. */
const FIELDS_SET = 3;
const EDGES = [0, 1, -1, 2, 10, 600, 601, 1000, 2 ** 31 - 1, -(2 ** 31)];
const LONG_EDGES = [...EDGES, 2 ** 53, -(2 ** 53), Number.MAX_VALUE];

type Fields = Readonly<Record<string, unknown>>;

/** Messages of a type: some of its fields, with any values that its definition allows. */
export function messageOf(type: protobuf.Type, depth = 0): fc.Arbitrary<Fields> {
  const fields = type.fieldsArray.flatMap((field) => {
    field.resolve();
    if (depth >= MAX_DEPTH && field.resolvedType instanceof protobuf.Type) return [];
    // The more fields a message can have, the likelier that one of them alone spoils it.
    const share = field.name === 'name' ? 1 : Math.min(1, FIELDS_SET / type.fieldsArray.length);
    return [[field.name, perhaps(share, fieldOf(field, depth))] as const];
  });
  return fc.record(Object.fromEntries(fields));
}

const perhaps = <Value>(share: number, value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof(
    { weight: Math.round(share * 95) + 1, arbitrary: value },
    { weight: Math.round((1 - share) * 95) + 4, arbitrary: fc.constant(undefined) },
  );

function fieldOf(field: protobuf.Field, depth: number): fc.Arbitrary<unknown> {
  const value = valueOf(field, depth);
  if (field.map) return fc.dictionary(fc.string({ maxLength: 20 }), value, { maxKeys: 4, noNullPrototype: true });
  return field.repeated ? fc.array(value, { maxLength: 4 }) : value;
}

function valueOf({ type, name, parent, resolvedType }: protobuf.Field, depth: number): fc.Arbitrary<unknown> {
  if (resolvedType instanceof protobuf.Type) return fc.memo(() => messageOf(resolvedType, depth + 1))();
  if (resolvedType) return fc.constantFrom(0, 1, 2, 3, 99, -1);
  switch (type) {
    case 'string':
      return textFor(name, parent?.name ?? '');
    case 'bytes':
      return fc.uint8Array({ maxLength: 64 });
    case 'bool':
      return fc.boolean();
    case 'float':
    case 'double':
      return fc.double();
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return fc.constantFrom(...LONG_EDGES);
    default:
      return fc.oneof(fc.constantFrom(10, 60, ...EDGES), fc.integer());
  }
}

/** A varint of more than 4 GB, and one that does not end. */
const HUGE = [
  [0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

/** What may become of bytes on their way: nothing, a wrong byte, an end too early, a length beyond all memory, rubbish. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat({ max: bytes.length });
  const splice = (at: number, removed: number, inserted: Iterable<number>): Uint8Array =>
    Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + removed)]);
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(bytes) },
    { weight: 3, arbitrary: fc.tuple(place, fc.nat({ max: 255 })).map(([at, byte]) => splice(at, 1, [byte])) },
    { weight: 2, arbitrary: place.map((at) => bytes.subarray(0, at)) },
    { weight: 2, arbitrary: fc.tuple(place, fc.constantFrom(...HUGE)).map(([at, huge]) => splice(at, 1, huge)) },
    {
      weight: 1,
      arbitrary: fc.tuple(place, fc.uint8Array({ maxLength: 8 })).map(([at, more]) => splice(at, 0, more)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  );
}
