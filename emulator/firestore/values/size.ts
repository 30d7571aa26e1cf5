import type { Fields, Value } from '../protocol.ts';

/** What a document may be at most. */
export const MAX_DOCUMENT_BYTES = 1024 * 1024;

/**
 * The stored size of a document.
 *
 * @see https://cloud.google.com/firestore/docs/storage-size
 */
export function documentSizeBytes(path: string, fields: Fields): number {
  return nameSize(path) + fieldsSize(fields) + 32;
}

function nameSize(path: string): number {
  return path.split('/').reduce((sum, segment) => sum + Buffer.byteLength(segment) + 1, 16);
}

function fieldsSize(fields: Fields): number {
  let sum = 0;
  for (const [key, value] of Object.entries(fields)) sum += Buffer.byteLength(key) + 1 + valueSize(value);
  return sum;
}

const SCALAR_BYTES = { nullValue: 1, booleanValue: 1, integerValue: 8, doubleValue: 8, timestampValue: 8 } as const;

function valueSize(value: Value): number {
  switch (value.valueType) {
    case 'stringValue':
      return Buffer.byteLength(value.stringValue) + 1;
    case 'bytesValue':
      return value.bytesValue.length;
    case 'referenceValue':
      return nameSize(value.referenceValue);
    case 'geoPointValue':
      return 16;
    case 'arrayValue':
      return value.arrayValue.values.reduce((sum, element) => sum + valueSize(element), 0);
    case 'mapValue':
      return fieldsSize(value.mapValue.fields);
    case 'nullValue':
    case 'booleanValue':
    case 'integerValue':
    case 'doubleValue':
    case 'timestampValue':
    default:
      return SCALAR_BYTES[value.valueType];
  }
}
