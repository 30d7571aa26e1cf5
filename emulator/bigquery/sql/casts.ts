import { duckdbType, type Field } from '../catalog/schema.ts';

const MACROS: Readonly<Record<string, string>> = {
  STRING: 'bq_to_string',
  INTEGER: 'bq_to_int64',
  FLOAT: 'bq_to_float64',
  BOOLEAN: 'bq_to_bool',
  BYTES: 'bq_to_bytes',
};

/** A cast as BigQuery does it: it rounds half away from zero, and reads no more into a string than the type's own form. */
export function castTo(field: Field, sql: string): string {
  const macro = field.mode === 'REPEATED' ? undefined : MACROS[field.type];
  return macro === undefined ? `CAST(${sql} AS ${duckdbType(field)})` : `${macro}(${sql})`;
}
