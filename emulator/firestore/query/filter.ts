import { FirestoreError } from '../errors.ts';
import type { Document, FieldFilter, Filter, UnaryFilter, Value } from '../protocol.ts';
import { compareValues, equalValues, sameRangeType } from '../values/compare.ts';
import { getField, parseFieldPath } from '../values/field-path.ts';

export type Predicate = (document: Document) => boolean;

/** Reads a field of a document by its path; `__name__` is the document's name as a reference. */
export function fieldReader(fieldPath: string): (document: Document) => Value | undefined {
  if (fieldPath === '__name__') {
    return (document) => ({ valueType: 'referenceValue', referenceValue: document.name });
  }
  const path = parseFieldPath(fieldPath);
  return (document) => getField(document.fields, path);
}

/**
 * @throws FirestoreError INVALID_ARGUMENT or UNIMPLEMENTED for an operator that is unknown
 */
export function compileFilter(filter: Filter | undefined): Predicate {
  if (filter?.compositeFilter !== undefined) {
    const parts = filter.compositeFilter.filters.map(compileFilter);
    return filter.compositeFilter.op === 'OR'
      ? (document) => parts.some((part) => part(document))
      : (document) => parts.every((part) => part(document));
  }
  if (filter?.fieldFilter !== undefined) return compileFieldFilter(filter.fieldFilter);
  if (filter?.unaryFilter !== undefined) return compileUnaryFilter(filter.unaryFilter);
  return () => true;
}

/** The fields that a filter bounds by a range or an inequality: these order a query that does not order them itself. */
export function inequalityFields(filter: Filter | undefined): string[] {
  if (filter?.compositeFilter !== undefined) return filter.compositeFilter.filters.flatMap(inequalityFields);
  if (filter?.fieldFilter !== undefined) {
    return INEQUALITIES.has(filter.fieldFilter.op) ? [filter.fieldFilter.field.fieldPath] : [];
  }
  const unary = filter?.unaryFilter;
  return unary !== undefined && unary.op.startsWith('IS_NOT') ? [unary.field.fieldPath] : [];
}

const INEQUALITIES = new Set([
  'LESS_THAN',
  'LESS_THAN_OR_EQUAL',
  'GREATER_THAN',
  'GREATER_THAN_OR_EQUAL',
  'NOT_EQUAL',
  'NOT_IN',
]);

function compileFieldFilter({ field, op, value }: FieldFilter): Predicate {
  const read = fieldReader(field.fieldPath);
  const test = fieldTest(op, value);
  return (document) => {
    const actual = read(document);
    return actual !== undefined && test(actual);
  };
}

function fieldTest(op: string, operand: Value): (actual: Value) => boolean {
  const range = (holds: (order: number) => boolean) => (actual: Value) =>
    sameRangeType(actual, operand) && !isNaNValue(actual) && holds(compareValues(actual, operand));
  switch (op) {
    case 'EQUAL':
      return (actual) => equalValues(actual, operand);
    case 'NOT_EQUAL':
      return (actual) => actual.valueType !== 'nullValue' && !equalValues(actual, operand);
    case 'LESS_THAN':
      return range((order) => order < 0);
    case 'LESS_THAN_OR_EQUAL':
      return range((order) => order <= 0);
    case 'GREATER_THAN':
      return range((order) => order > 0);
    case 'GREATER_THAN_OR_EQUAL':
      return range((order) => order >= 0);
    case 'ARRAY_CONTAINS':
      return (actual) => elements(actual).some((element) => equalValues(element, operand));
    case 'ARRAY_CONTAINS_ANY':
      return (actual) => elements(actual).some((element) => elements(operand).some((one) => equalValues(element, one)));
    case 'IN':
      return (actual) => elements(operand).some((one) => equalValues(actual, one));
    case 'NOT_IN': {
      const hasNull = elements(operand).some((one) => one.valueType === 'nullValue');
      return (actual) =>
        !hasNull && actual.valueType !== 'nullValue' && !elements(operand).some((one) => equalValues(actual, one));
    }
    default:
      throw new FirestoreError('INVALID_ARGUMENT', `Unknown filter operator ${op}.`);
  }
}

function compileUnaryFilter({ op, field }: UnaryFilter): Predicate {
  const read = fieldReader(field.fieldPath);
  const test = unaryTest(op);
  return (document) => {
    const actual = read(document);
    return actual !== undefined && test(actual);
  };
}

function unaryTest(op: string): (actual: Value) => boolean {
  switch (op) {
    case 'IS_NULL':
      return (actual) => actual.valueType === 'nullValue';
    case 'IS_NOT_NULL':
      return (actual) => actual.valueType !== 'nullValue';
    case 'IS_NAN':
      return isNaNValue;
    case 'IS_NOT_NAN':
      return (actual) => actual.valueType !== 'nullValue' && !isNaNValue(actual);
    default:
      throw new FirestoreError('INVALID_ARGUMENT', `Unknown filter operator ${op}.`);
  }
}

function isNaNValue(value: Value): boolean {
  return value.valueType === 'doubleValue' && Number.isNaN(value.doubleValue);
}

function elements(value: Value): readonly Value[] {
  return value.valueType === 'arrayValue' ? value.arrayValue.values : [];
}
