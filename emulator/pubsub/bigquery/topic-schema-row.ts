import { type FieldValue, Unmappable } from '../schema/field-value.ts';
import { dateOf, timeOf, timestampOf } from '../schema/avro/logical-types.ts';
import type { Column, Row, RowResult } from './row.ts';

/**
 * The row for a message of a topic with a schema: each field goes to the column of its name, as a value of its type.
 * @param value the message, as its schema reads it
 * @see https://cloud.google.com/pubsub/docs/bigquery#schema_compatibility
 */
export function topicSchemaRow(value: FieldValue, columns: readonly Column[], dropUnknownFields: boolean): RowResult {
  if (!isRecord(value)) return { error: 'the schema of the topic is not that of a record' };
  try {
    return { row: recordFor(value, columns, dropUnknownFields) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

type FieldRecord = Readonly<Record<string, FieldValue>>;

const isRecord = (value: FieldValue): value is FieldRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unmappable);

function recordFor(record: FieldRecord, columns: readonly Column[], dropUnknownFields: boolean): Row {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    const column = byName.get(name.toLowerCase());
    if (column) row[column.name] = valueFor(value, column, dropUnknownFields);
    else if (!dropUnknownFields) throw new Error(`the table has no column for the field "${name}" of the schema`);
  }
  return row;
}

function valueFor(value: FieldValue, column: Column, dropUnknownFields: boolean): unknown {
  if (value instanceof Unmappable) throw new Error(`a ${value.kind} cannot be written to the column "${column.name}"`);
  if (Array.isArray(value)) {
    return value.map((item: FieldValue) => valueFor(item, { ...column, mode: 'NULLABLE' }, dropUnknownFields));
  }
  if (isRecord(value)) return recordFor(value, column.fields ?? [], dropUnknownFields);
  if (typeof value === 'bigint') return integerFor(value, column);
  // JSON has no number for it; BigQuery reads its name.
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** An integer is what its column makes of it: days, microseconds, a civil time, or a number. */
function integerFor(value: bigint, { type }: Column): number | string | bigint {
  const converted = CONVERSIONS[type]?.(value) ?? value;
  if (typeof converted === 'string') return converted;
  const number = Number(converted);
  return Number.isSafeInteger(number) ? number : String(converted);
}

const CONVERSIONS: Readonly<Record<string, ((value: bigint) => string | bigint) | undefined>> = {
  DATE: dateOf,
  TIMESTAMP: timestampOf,
  TIME: civilTimeOf,
  DATETIME: civilDateTimeOf,
};

const MICRO_BITS = 20n;
const TIME_BITS = 37n;

/** `hour, minute, second, microsecond` in 5, 6, 6 and 20 bits, as Google's CivilTimeEncoder packs them. */
function civilTimeOf(packed: bigint): string | bigint {
  const bits = (shift: bigint, length: bigint): bigint => (packed >> shift) & ((1n << length) - 1n);
  const seconds = bits(32n, 5n) * 3600n + bits(26n, 6n) * 60n + bits(MICRO_BITS, 6n);
  return timeOf(seconds * 1_000_000n + bits(0n, MICRO_BITS));
}

/** `year, month, day` in 14, 4 and 5 bits above a civil time. */
function civilDateTimeOf(packed: bigint): string | bigint {
  const date = packed >> TIME_BITS;
  const [year, month, day] = [date >> 9n, (date >> 5n) & 15n, date & 31n];
  const time = civilTimeOf(packed & ((1n << TIME_BITS) - 1n));
  return `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}T${time}`;
}

const pad = (value: bigint): string => String(value).padStart(2, '0');
