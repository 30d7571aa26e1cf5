import { isDeepStrictEqual } from 'node:util';
import { FirestoreError } from '../errors.ts';
import type { Document, Fields, FieldTransform, Precondition, Timestamp, Value, Write } from '../protocol.ts';
import { compareTimestamps, compareValues, equalValues, toNumber } from '../values/compare.ts';
import { getField, parseFieldPath, withField } from '../values/field-path.ts';
import { documentSizeBytes, MAX_DOCUMENT_BYTES } from '../values/size.ts';

export interface Applied {
  /** The document as the write leaves it; undefined where it does not exist then. */
  document: Document | undefined;
  transformResults: Value[];
}

/** The name of the document that a write is about. */
export function writeTarget(write: Write): string {
  const name = write.update?.name ?? write.delete ?? write.transform?.document ?? write.verify;
  if (name === undefined) throw new FirestoreError('INVALID_ARGUMENT', 'A write needs an operation.');
  return name;
}

/**
 * What one write makes of a document. A write that changes nothing leaves `updateTime` as it was.
 *
 * @throws FirestoreError NOT_FOUND, ALREADY_EXISTS or FAILED_PRECONDITION where the precondition does not hold,
 *   INVALID_ARGUMENT where the result would be too large
 */
export function applyWrite(before: Document | undefined, write: Write, commitTime: Timestamp): Applied {
  const name = writeTarget(write);
  if (write.currentDocument !== undefined) assertPrecondition(name, before, write.currentDocument);
  if (write.delete !== undefined) return { document: undefined, transformResults: [] };
  if (write.verify !== undefined) return { document: before, transformResults: [] };

  let fields = write.update === undefined ? (before?.fields ?? {}) : updatedFields(before, write.update.fields, write);
  const transformResults: Value[] = [];
  for (const transform of [...(write.transform?.fieldTransforms ?? []), ...write.updateTransforms]) {
    const path = parseFieldPath(transform.fieldPath);
    const { value, result } = applyTransform(getField(fields, path), transform, commitTime);
    fields = withField(fields, path, value);
    transformResults.push(result);
  }
  if (before !== undefined && isDeepStrictEqual(before.fields, fields)) return { document: before, transformResults };
  if (documentSizeBytes(name, fields) > MAX_DOCUMENT_BYTES) {
    throw new FirestoreError(
      'INVALID_ARGUMENT',
      `Document "${name}" exceeds the maximum allowed size of 1,048,576 bytes.`,
    );
  }
  return {
    document: { name, fields, createTime: before?.createTime ?? commitTime, updateTime: commitTime },
    transformResults,
  };
}

function assertPrecondition(name: string, before: Document | undefined, expected: Precondition): void {
  if (expected.exists === true && before === undefined) {
    throw new FirestoreError('NOT_FOUND', `No document to update: ${name}`);
  }
  if (expected.exists === false && before !== undefined) {
    throw new FirestoreError('ALREADY_EXISTS', `Document already exists: ${name}`);
  }
  if (expected.updateTime === undefined) return;
  if (before === undefined || compareTimestamps(before.updateTime, expected.updateTime) !== 0) {
    throw new FirestoreError(
      'FAILED_PRECONDITION',
      `The stored version of ${name} does not match the required base version.`,
    );
  }
}

function updatedFields(before: Document | undefined, update: Fields, write: Write): Fields {
  if (write.updateMask === undefined) return update;
  let fields = before?.fields ?? {};
  for (const path of write.updateMask.fieldPaths) {
    const segments = parseFieldPath(path);
    fields = withField(fields, segments, getField(update, segments));
  }
  return fields;
}

const NULL: Value = { valueType: 'nullValue', nullValue: 'NULL_VALUE' };

function applyTransform(
  before: Value | undefined,
  transform: FieldTransform,
  commitTime: Timestamp,
): { value: Value; result: Value } {
  if (transform.setToServerValue !== undefined) {
    const value: Value = { valueType: 'timestampValue', timestampValue: commitTime };
    return { value, result: value };
  }
  if (transform.increment !== undefined) return same(incremented(before, transform.increment));
  if (transform.maximum !== undefined) return same(extreme(before, transform.maximum, 1));
  if (transform.minimum !== undefined) return same(extreme(before, transform.minimum, -1));
  const elements = before?.valueType === 'arrayValue' ? before.arrayValue.values : [];
  if (transform.appendMissingElements !== undefined) {
    const values = [...elements];
    for (const element of transform.appendMissingElements.values) {
      if (!values.some((present) => equalValues(present, element))) values.push(element);
    }
    return { value: { valueType: 'arrayValue', arrayValue: { values } }, result: NULL };
  }
  if (transform.removeAllFromArray !== undefined) {
    const gone = transform.removeAllFromArray.values;
    const values = elements.filter((present) => !gone.some((element) => equalValues(present, element)));
    return { value: { valueType: 'arrayValue', arrayValue: { values } }, result: NULL };
  }
  throw new FirestoreError('INVALID_ARGUMENT', `No transform for field ${transform.fieldPath}.`);
}

const same = (value: Value): { value: Value; result: Value } => ({ value, result: value });

const isNumber = (value: Value | undefined): value is Value =>
  value?.valueType === 'integerValue' || value?.valueType === 'doubleValue';

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** Integers stay integers and stop at the ends of 64 bits; a value that is no number counts as absent. */
function incremented(before: Value | undefined, by: Value): Value {
  if (!isNumber(by)) throw new FirestoreError('INVALID_ARGUMENT', 'increment takes an integer or a double.');
  if (!isNumber(before)) return by;
  if (before.valueType === 'integerValue' && by.valueType === 'integerValue') {
    const sum = BigInt(before.integerValue) + BigInt(by.integerValue);
    const held = sum > MAX_INT64 ? MAX_INT64 : sum < MIN_INT64 ? MIN_INT64 : sum;
    return { valueType: 'integerValue', integerValue: String(held) };
  }
  return { valueType: 'doubleValue', doubleValue: toNumber(before) + toNumber(by) };
}

function extreme(before: Value | undefined, operand: Value, sign: 1 | -1): Value {
  if (!isNumber(before)) return operand;
  return sign * compareValues(operand, before) > 0 ? operand : before;
}
