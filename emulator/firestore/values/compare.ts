import type { Fields, Timestamp, Value } from '../protocol.ts';

/**
 * Firestore's order over values of any type: by type first, then within it. Integers and doubles are one type; NaN
 * comes before every number.
 *
 * @see https://cloud.google.com/firestore/docs/concepts/data-types
 * @returns below 0, 0 or above 0
 */
export function compareValues(a: Value, b: Value): number {
  const byType = typeOrder(a) - typeOrder(b);
  if (byType !== 0) return byType;
  if (a.valueType === 'booleanValue' && b.valueType === 'booleanValue') {
    return Number(a.booleanValue) - Number(b.booleanValue);
  }
  if (a.valueType === 'timestampValue' && b.valueType === 'timestampValue') {
    return compareTimestamps(a.timestampValue, b.timestampValue);
  }
  if (a.valueType === 'stringValue' && b.valueType === 'stringValue')
    return compareStrings(a.stringValue, b.stringValue);
  if (a.valueType === 'bytesValue' && b.valueType === 'bytesValue') return Buffer.compare(a.bytesValue, b.bytesValue);
  if (a.valueType === 'referenceValue' && b.valueType === 'referenceValue') {
    return compareNames(a.referenceValue, b.referenceValue);
  }
  if (a.valueType === 'geoPointValue' && b.valueType === 'geoPointValue') {
    const byLatitude = (a.geoPointValue.latitude ?? 0) - (b.geoPointValue.latitude ?? 0);
    return byLatitude || (a.geoPointValue.longitude ?? 0) - (b.geoPointValue.longitude ?? 0);
  }
  if (a.valueType === 'arrayValue' && b.valueType === 'arrayValue') {
    return compareArrays(a.arrayValue.values, b.arrayValue.values);
  }
  if (a.valueType === 'mapValue' && b.valueType === 'mapValue')
    return compareMaps(a.mapValue.fields, b.mapValue.fields);
  return compareNumbers(a, b);
}

/** Equality as `==` and array-contains mean it: 1 and 1.0 are equal, and so is NaN to itself. */
export function equalValues(a: Value, b: Value): boolean {
  return compareValues(a, b) === 0;
}

/** Whether `<` and its like compare the two at all: a range never crosses types, and holds no NaN. */
export function sameRangeType(a: Value, b: Value): boolean {
  return typeOrder(a) === typeOrder(b);
}

const TYPE_ORDER = {
  nullValue: 0,
  booleanValue: 1,
  integerValue: 3,
  doubleValue: 3,
  timestampValue: 4,
  stringValue: 5,
  bytesValue: 6,
  referenceValue: 7,
  geoPointValue: 8,
  arrayValue: 9,
  mapValue: 10,
} as const satisfies Record<Value['valueType'], number>;

/** NaN stands between booleans and numbers. */
const NAN_ORDER = 2;

function typeOrder(value: Value): number {
  const isNaNValue = value.valueType === 'doubleValue' && Number.isNaN(value.doubleValue);
  return isNaNValue ? NAN_ORDER : TYPE_ORDER[value.valueType];
}

/** Document names segment by segment, so that a document's children stand right behind it. */
export function compareNames(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareStrings(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return Number(a.seconds) - Number(b.seconds) || (a.nanos ?? 0) - (b.nanos ?? 0);
}

function compareNumbers(a: Value, b: Value): number {
  if (a.valueType === 'integerValue' && b.valueType === 'integerValue') {
    const left = BigInt(a.integerValue);
    const right = BigInt(b.integerValue);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const left = toNumber(a);
  const right = toNumber(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The number in an integer or double value; 0 for a value of another type. */
export function toNumber(value: Value): number {
  if (value.valueType === 'integerValue') return Number(value.integerValue);
  return value.valueType === 'doubleValue' ? value.doubleValue : 0;
}

/** By UTF-8 bytes. JavaScript's own order differs from it beyond the basic plane. */
function compareStrings(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined) return 1;
    const order = compareValues(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareMaps(a: Fields, b: Fields): number {
  const left = Object.entries(a).sort(([x], [y]) => compareStrings(x, y));
  const right = Object.entries(b).sort(([x], [y]) => compareStrings(x, y));
  for (const [i, [key, value]] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    const order = compareStrings(key, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
