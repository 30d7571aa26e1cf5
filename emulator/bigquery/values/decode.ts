import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Field } from '../catalog/schema.ts';
import { parseDate, parseDateTime, parseEpochSeconds, parseTime, parseTimestamp } from './parse-time.ts';

/** Why a value does not fit its column. */
export interface Misfit {
  location: string;
  message: string;
}

export interface DecodeOptions {
  /** Values of fields that the schema does not have are left out, and not an error. */
  ignoreUnknownValues: boolean;
}

/**
 * A row as `tabledata.insertAll` takes it, to the values of the table's columns in order; the misfits where it does not
 * fit. Names know no case.
 */
export function decodeRow(
  json: unknown,
  fields: readonly Field[],
  options: DecodeOptions,
): { values: DuckDBValue[] } | { misfits: Misfit[] } {
  const misfits: Misfit[] = [];
  const values = decodeRecord(json, fields, '', options, misfits);
  return misfits.length > 0 || values === undefined ? { misfits } : { values };
}

function decodeRecord(
  json: unknown,
  fields: readonly Field[],
  path: string,
  options: DecodeOptions,
  misfits: Misfit[],
): DuckDBValue[] | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    misfits.push({ location: path, message: `This field: ${path || 'json'} is not a record.` });
    return undefined;
  }
  const given = new Map<string, unknown>();
  for (const [key, value] of Object.entries(json)) given.set(key.toLowerCase(), value);
  const values = fields.map((field) => {
    const key = field.name.toLowerCase();
    const value = given.get(key);
    given.delete(key);
    return decodeField(value, field, path === '' ? field.name : `${path}.${field.name}`, options, misfits);
  });
  if (!options.ignoreUnknownValues) {
    for (const key of given.keys()) {
      const location = path === '' ? key : `${path}.${key}`;
      misfits.push({ location, message: `no such field: ${location}.` });
    }
  }
  return values;
}

function decodeField(
  value: unknown,
  field: Field,
  path: string,
  options: DecodeOptions,
  misfits: Misfit[],
): DuckDBValue {
  if (field.mode === 'REPEATED') {
    if (value === undefined || value === null) return new DuckDBListValue([]);
    if (!Array.isArray(value)) {
      misfits.push({
        location: path,
        message: `Array specified for non-repeated field or value is no array: ${path}.`,
      });
      return null;
    }
    const element: Field = { ...field, mode: 'REQUIRED' };
    return new DuckDBListValue(value.map((one, i) => decodeField(one, element, `${path}[${i}]`, options, misfits)));
  }
  if (value === undefined || value === null) {
    if (field.mode === 'REQUIRED') misfits.push({ location: path, message: `Missing required field: ${path}.` });
    return null;
  }
  if (field.type === 'RECORD') {
    const fields = field.fields ?? [];
    const values = decodeRecord(value, fields, path, options, misfits);
    const entries = fields.map(({ name }, i): [string, DuckDBValue] => [name, values?.[i] ?? null]);
    return new DuckDBStructValue(Object.fromEntries(entries));
  }
  const decoded = decodeScalar(value, field);
  if (decoded !== undefined) return decoded;
  misfits.push({ location: path, message: misfitMessage(value, field, path) });
  return null;
}

function misfitMessage(value: unknown, field: Field, path: string): string {
  if (Array.isArray(value)) return `Array specified for non-repeated field: ${path}.`;
  if (typeof value === 'object' && field.type !== 'JSON') return `This field: ${path} is not a record.`;
  const shown = JSON.stringify(value).slice(0, 100);
  return `Cannot convert value to ${field.type} (bad value): ${shown} for field ${path}`;
}

/** undefined where the value is none of the type. */
function decodeScalar(value: unknown, { type }: Field): DuckDBValue | undefined {
  if (type === 'JSON') return decodeJson(value);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = String(value);
  switch (type) {
    case 'STRING':
      return text;
    case 'BYTES':
      return decodeBase64(text);
    case 'INTEGER':
      return typeof value === 'boolean' ? undefined : decodeInteger(value, text);
    case 'FLOAT':
      return typeof value === 'boolean' ? undefined : decodeFloat(text);
    case 'NUMERIC':
      return typeof value === 'boolean' ? undefined : decodeDecimal(text, 9);
    case 'BIGNUMERIC':
      return typeof value === 'boolean' ? undefined : decodeDecimal(text, 18);
    case 'BOOLEAN':
      return decodeBoolean(text);
    case 'TIMESTAMP':
      return wrap(decodeTimestamp(value, text), (micros) => new DuckDBTimestampTZValue(micros));
    case 'DATE':
      return wrap(parseDate(text), (days) => new DuckDBDateValue(days));
    case 'TIME':
      return wrap(parseTime(text), (micros) => new DuckDBTimeValue(micros));
    case 'DATETIME':
      return wrap(parseDateTime(text), (micros) => new DuckDBTimestampValue(micros));
    case 'RECORD':
    default:
      return undefined;
  }
}

function wrap<T>(value: T | undefined, make: (value: T) => DuckDBValue): DuckDBValue | undefined {
  return value === undefined ? undefined : make(value);
}

/** JSON is given as its text; an object or list given as such is taken too. */
function decodeJson(value: unknown): string | undefined {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return undefined;
  }
}

function decodeBase64(text: string): DuckDBBlobValue | undefined {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return undefined;
  return new DuckDBBlobValue(Buffer.from(text, 'base64'));
}

function decodeInteger(value: unknown, text: string): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? toInt64(BigInt(value)) : undefined;
  if (/^[+-]?\d+(\.0*)?$/.test(text)) return toInt64(BigInt(text.replace(/^\+/, '').replace(/\..*$/, '')));
  return undefined;
}

function toInt64(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function decodeFloat(text: string): number | undefined {
  const special = {
    nan: Number.NaN,
    inf: Infinity,
    '+inf': Infinity,
    '-inf': -Infinity,
    infinity: Infinity,
    '-infinity': -Infinity,
  };
  const lower = text.trim().toLowerCase();
  if (lower in special) return special[lower as keyof typeof special];
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(lower) ? Number(lower) : undefined;
}

function decodeDecimal(text: string, scale: number): DuckDBDecimalValue | undefined {
  const plain = /e/i.test(text) && Number.isFinite(Number(text)) ? Number(text).toFixed(scale) : text;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain.trim());
  if (match === null || `${match[2]}${match[3] ?? ''}` === '') return undefined;
  const fraction = match[3] ?? '';
  // Digits beyond the scale are rounded, half away from zero.
  const kept = BigInt(`${match[2] || '0'}${fraction.slice(0, scale).padEnd(scale, '0')}`);
  const rounded = kept + (fraction.charAt(scale) >= '5' ? 1n : 0n);
  if (rounded >= 10n ** 38n) return undefined;
  return new DuckDBDecimalValue(match[1] === '-' ? -rounded : rounded, 38, scale);
}

function decodeBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (['true', 't', 'yes', 'y', '1'].includes(lower)) return true;
  return ['false', 'f', 'no', 'n', '0'].includes(lower) ? false : undefined;
}

function decodeTimestamp(value: unknown, text: string): bigint | undefined {
  if (typeof value === 'boolean') return undefined;
  return typeof value === 'number' ? parseEpochSeconds(value) : (parseTimestamp(text) ?? parseEpochSeconds(text));
}
