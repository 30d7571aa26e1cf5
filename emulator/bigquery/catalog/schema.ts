import { BigQueryError } from '../errors.ts';

/** The column types, by the names that table schemas are answered with. */
export const FIELD_TYPES = [
  'STRING',
  'BYTES',
  'INTEGER',
  'FLOAT',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
  'TIME',
  'DATETIME',
  'JSON',
  'RECORD',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export type Mode = 'NULLABLE' | 'REQUIRED' | 'REPEATED';

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface Field {
  name: string;
  type: FieldType;
  mode?: Mode;
  description?: string;
  fields?: Field[];
}

const SQL_NAMES: Readonly<Record<string, FieldType>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  INT: 'INTEGER',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}\p{Pc}\p{Pd} ]{0,299}$/u;

/** `INT64` or `INTEGER` as the one name this server uses for it; undefined for a type it does not know. */
export function fieldType(name: string): FieldType | undefined {
  const upper = name.toUpperCase();
  return SQL_NAMES[upper] ?? FIELD_TYPES.find((type) => type === upper);
}

/**
 * A schema as it came, checked and with one name for each type.
 *
 * @throws BigQueryError invalid, naming the field
 */
export function parseFields(raw: unknown, path = ''): Field[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) throw new BigQueryError('invalid', `schema${path && ` of ${path}`}: fields is not a list`);
  const seen = new Set<string>();
  return raw.map((field: Record<string, unknown>) => {
    const name = textOf(field['name']);
    const full = path === '' ? name : `${path}.${name}`;
    if (!NAME.test(name)) throw new BigQueryError('invalid', `Invalid field name "${full}".`);
    if (seen.has(name.toLowerCase())) throw new BigQueryError('invalid', `Field ${full} already exists in schema`);
    seen.add(name.toLowerCase());
    const type = fieldType(textOf(field['type']));
    if (type === undefined) {
      throw new BigQueryError('invalid', `Field ${full}: type ${textOf(field['type'])} is not supported here.`);
    }
    const mode = (textOf(field['mode']) || 'NULLABLE').toUpperCase();
    if (mode !== 'NULLABLE' && mode !== 'REQUIRED' && mode !== 'REPEATED') {
      throw new BigQueryError('invalid', `Field ${full}: invalid mode ${mode}.`);
    }
    const parsed: Field = { ...field, name, type, mode };
    if (type === 'RECORD') {
      parsed.fields = parseFields(field['fields'], full);
      if (parsed.fields.length === 0)
        throw new BigQueryError('invalid', `Field ${full} is type RECORD but has no schema`);
    }
    return parsed;
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const DUCKDB_TYPES: Readonly<Record<Exclude<FieldType, 'RECORD'>, string>> = {
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  JSON: 'JSON',
};

/** The DuckDB type that stores a field. */
export function duckdbType(field: Field): string {
  const one =
    field.type === 'RECORD'
      ? `STRUCT(${(field.fields ?? []).map((inner) => `${quoteIdentifier(inner.name)} ${duckdbType(inner)}`).join(', ')})`
      : DUCKDB_TYPES[field.type];
  return field.mode === 'REPEATED' ? `${one}[]` : one;
}

/** `name` as a DuckDB identifier, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `text` as a DuckDB string literal. */
export function quoteString(text: string): string {
  if (text.includes('\0')) throw new BigQueryError('invalidQuery', 'A string with a NUL character.', 'query');
  return `'${text.replaceAll("'", "''")}'`;
}
