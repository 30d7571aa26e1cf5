import { type FieldValue, Unmappable } from '../field-value.ts';
import type { AvroField, AvroType } from './avro-type.ts';
import { dateOf, decimalOf, durationOf, timeOf, timestampOf } from './logical-types.ts';

const INT_BITS = 32;
const LONG_BITS = 64;
/** Of BIGNUMERIC. What is longer stays bytes. */
const MAX_DECIMAL_BYTES = 32;
const DURATION_BYTES = 12;

/** An int or a long. @throws Error when it is out of range */
export function integerValue({ kind, logical }: AvroType & { kind: 'int' | 'long' }, value: bigint): FieldValue {
  if (BigInt.asIntN(kind === 'int' ? INT_BITS : LONG_BITS, value) !== value) {
    throw new Error(`${value} is out of range for ${kind}.`);
  }
  switch (logical?.name ?? '') {
    case 'date':
      return kind === 'int' ? dateOf(value) : value;
    case 'time-millis':
      return kind === 'int' ? timeOf(value * 1000n) : value;
    case 'time-micros':
      return kind === 'long' ? timeOf(value) : value;
    case 'timestamp-millis':
      return kind === 'long' ? timestampOf(value * 1000n) : value;
    case 'timestamp-micros':
      return kind === 'long' ? timestampOf(value) : value;
    default:
      return value;
  }
}

/** @throws Error when a fixed has another size */
export function bytesValue(type: AvroType & { kind: 'bytes' | 'fixed' }, bytes: Buffer): FieldValue {
  if (type.kind === 'fixed' && bytes.length !== type.size) {
    throw new Error(`There are ${bytes.length} bytes instead of ${type.size}.`);
  }
  const { logical } = type;
  if (logical?.name === 'decimal' && bytes.length <= MAX_DECIMAL_BYTES) return decimalOf(bytes, logical.scale);
  if (logical?.name === 'duration' && type.kind === 'fixed' && bytes.length === DURATION_BYTES)
    return durationOf(bytes);
  return bytes.toString('base64');
}

/** @throws Error when there is no symbol of that index */
export function enumValue({ symbols }: AvroType & { kind: 'enum' }, index: number): FieldValue {
  if (symbols[index] === undefined) throw new Error('That is no symbol of the enum.');
  return BigInt(index);
}

export function recordValue(
  { fields }: AvroType & { kind: 'record' },
  readField: (field: AvroField) => FieldValue,
): FieldValue {
  const record: Record<string, FieldValue> = {};
  for (const field of fields) {
    const value = readField(field);
    // A field may be called __proto__: an assignment would set the prototype instead.
    if (field.name === '__proto__') Object.defineProperty(record, field.name, { value, enumerable: true });
    else record[field.name] = value;
  }
  return record;
}

/** Only the union of null and another type has a counterpart in a table: a column that may be null. */
export function unionValue({ branches }: AvroType & { kind: 'union' }, value: FieldValue): FieldValue {
  const isNullable = branches.length === 2 && branches.some(({ name }) => name === 'null');
  return isNullable ? value : new Unmappable('union');
}
