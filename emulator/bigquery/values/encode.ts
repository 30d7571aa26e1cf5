import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBTypeId,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Field, FieldType } from '../catalog/schema.ts';
import { invalidQuery } from '../errors.ts';

/** A value as REST answers carry it: strings, `{v}` in lists, `{f}` for records. */
export type Cell = string | null | { v: Cell }[] | { f: { v: Cell }[] };

export interface EncodeOptions {
  /** TIMESTAMP as integer microseconds and not as seconds in floating point. */
  useInt64Timestamp: boolean;
}

const TYPE_OF: Partial<Record<DuckDBTypeId, FieldType>> = {
  [DuckDBTypeId.VARCHAR]: 'STRING',
  [DuckDBTypeId.BLOB]: 'BYTES',
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'INTEGER',
  [DuckDBTypeId.SMALLINT]: 'INTEGER',
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'INTEGER',
  [DuckDBTypeId.HUGEINT]: 'INTEGER',
  [DuckDBTypeId.UTINYINT]: 'INTEGER',
  [DuckDBTypeId.USMALLINT]: 'INTEGER',
  [DuckDBTypeId.UINTEGER]: 'INTEGER',
  [DuckDBTypeId.UBIGINT]: 'INTEGER',
  [DuckDBTypeId.UHUGEINT]: 'INTEGER',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'FLOAT',
  [DuckDBTypeId.DECIMAL]: 'NUMERIC',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  // The type of a bare NULL: BigQuery calls it INT64.
  [DuckDBTypeId.SQLNULL]: 'INTEGER',
};

/**
 * The field that a column of a result is answered as.
 *
 * @throws BigQueryError invalidQuery for a type that BigQuery's REST answers do not have
 */
export function resultField(name: string, type: DuckDBType): Field {
  if (type.typeId === DuckDBTypeId.LIST) {
    const element = resultField(name, type.valueType);
    if (element.mode === 'REPEATED') throw invalidQuery('Cannot construct array with element type ARRAY.');
    return { ...element, mode: 'REPEATED' };
  }
  if (type.typeId === DuckDBTypeId.STRUCT) {
    const { entryNames, entryTypes } = type;
    const fields = entryTypes.map((entry, i) => resultField(entryNames[i] ?? '', entry));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  if (type.alias === 'JSON') return { name, type: 'JSON', mode: 'NULLABLE' };
  const known = TYPE_OF[type.typeId];
  if (known === undefined)
    throw invalidQuery(`Column ${name}: a result of type ${type.toString()} is not supported here.`);
  return { name, type: known, mode: 'NULLABLE' };
}

/**
 * @throws BigQueryError invalidQuery for an integer beyond INT64 and for a NULL within an array
 */
export function encodeValue(value: DuckDBValue, field: Field, options: EncodeOptions): Cell {
  if (field.mode === 'REPEATED') {
    // An array that is NULL is answered as an empty one.
    if (!(value instanceof DuckDBListValue)) return [];
    const element: Field = { ...field, mode: 'NULLABLE' };
    return value.items.map((item) => {
      if (item === null) throw invalidQuery(`Array cannot have a null element; error in writing field ${field.name}`);
      return { v: encodeValue(item, element, options) };
    });
  }
  if (value === null) return null;
  if (value instanceof DuckDBStructValue) {
    const { entries } = value;
    return {
      f: (field.fields ?? []).map((inner) => ({ v: encodeValue(entries[inner.name] ?? null, inner, options) })),
    };
  }
  return encodeScalar(value, field, options);
}

function encodeScalar(value: DuckDBValue, field: Field, { useInt64Timestamp }: EncodeOptions): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return field.type === 'FLOAT' ? encodeDouble(value) : String(value);
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw invalidQuery(`int64 overflow: ${value}`);
    return String(value);
  }
  if (value instanceof DuckDBTimestampTZValue) {
    return useInt64Timestamp ? String(value.micros) : encodeTimestampSeconds(value.micros);
  }
  if (value instanceof DuckDBTimestampValue) return encodeDateTime(value.micros);
  if (value instanceof DuckDBDateValue) return encodeDate(value.days);
  if (value instanceof DuckDBTimeValue) return encodeTime(value.micros);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) return encodeDecimal(value.toString());
  if (value instanceof DuckDBIntervalValue) return value.toString();
  throw invalidQuery(`Column ${field.name}: a value that cannot be answered here.`);
}

/** `1.0`, `0.1`, `1E10`, `Inf`, as BigQuery's REST does. */
function encodeDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  if (text.includes('e')) return text.replace('e+', 'E').replace('e', 'E');
  return text.includes('.') ? text : `${text}.0`;
}

/** Seconds with six decimals: `1.7E9` on the wire would lose microseconds in some clients. */
function encodeTimestampSeconds(micros: bigint): string {
  const negative = micros < 0n;
  const absolute = negative ? -micros : micros;
  const fraction = String(absolute % 1_000_000n).padStart(6, '0');
  return `${negative ? '-' : ''}${absolute / 1_000_000n}.${fraction}`;
}

const MICROS_PER_DAY = 86_400_000_000n;

function encodeDate(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

function encodeTime(micros: bigint): string {
  const seconds = micros / 1_000_000n;
  const part = (value: bigint): string => String(value).padStart(2, '0');
  const fraction = micros % 1_000_000n;
  const clock = `${part(seconds / 3600n)}:${part((seconds / 60n) % 60n)}:${part(seconds % 60n)}`;
  return fraction === 0n ? clock : `${clock}.${String(fraction).padStart(6, '0')}`;
}

function encodeDateTime(micros: bigint): string {
  const inDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  return `${encodeDate(Number((micros - inDay) / MICROS_PER_DAY))}T${encodeTime(inDay)}`;
}

/** Without the zeros that the fixed scale adds. */
function encodeDecimal(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
