import { FirestoreError } from '../errors.ts';
import type { Aggregation, Document, Fields, Value } from '../protocol.ts';
import { toNumber } from '../values/compare.ts';
import { fieldReader } from './filter.ts';

const MAX_INT64 = 2n ** 63n - 1n;

/**
 * `count`, `sum` and `avg` over a query's results, by alias. What is no number counts for nothing.
 *
 * @throws FirestoreError INVALID_ARGUMENT for an aggregation of another kind
 */
export function aggregate(documents: readonly Document[], aggregations: readonly Aggregation[]): Fields {
  const fields: Fields = {};
  for (const [i, aggregation] of aggregations.entries()) {
    fields[aggregation.alias || `field_${i + 1}`] = aggregateOne(documents, aggregation);
  }
  return fields;
}

function aggregateOne(documents: readonly Document[], { count, sum, avg }: Aggregation): Value {
  if (count !== undefined && count !== null) {
    const upTo = Number(count.upTo?.value ?? Number.POSITIVE_INFINITY);
    return { valueType: 'integerValue', integerValue: String(Math.min(documents.length, upTo)) };
  }
  const field = sum?.field ?? avg?.field;
  if (field === undefined) throw new FirestoreError('INVALID_ARGUMENT', 'An aggregation is count, sum or avg.');
  const read = fieldReader(field.fieldPath);
  const numbers = documents.map(read).filter((value): value is Value => {
    return value?.valueType === 'integerValue' || value?.valueType === 'doubleValue';
  });
  return avg === undefined || avg === null ? total(numbers) : mean(numbers);
}

/** An integer where all are, unless it leaves 64 bits. */
function total(numbers: readonly Value[]): Value {
  let exact = 0n;
  for (const value of numbers) {
    if (value.valueType !== 'integerValue') return doubleTotal(numbers);
    exact += BigInt(value.integerValue);
  }
  if (exact > MAX_INT64 || exact < -MAX_INT64 - 1n) return doubleTotal(numbers);
  return { valueType: 'integerValue', integerValue: String(exact) };
}

function doubleTotal(numbers: readonly Value[]): Value {
  return { valueType: 'doubleValue', doubleValue: numbers.reduce((sum, value) => sum + toNumber(value), 0) };
}

function mean(numbers: readonly Value[]): Value {
  if (numbers.length === 0) return { valueType: 'nullValue', nullValue: 'NULL_VALUE' };
  const sum = numbers.reduce((sum, value) => sum + toNumber(value), 0);
  return { valueType: 'doubleValue', doubleValue: sum / numbers.length };
}
