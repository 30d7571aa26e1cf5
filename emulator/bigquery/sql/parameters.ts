import { duckdbType, fieldType, quoteIdentifier, quoteString, type Field } from '../catalog/schema.ts';
import { BigQueryError } from '../errors.ts';
import { parseDate, parseDateTime, parseTime, parseTimestamp } from '../values/parse-time.ts';

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter */
export interface QueryParameter {
  name?: string;
  parameterType: ParameterType;
  parameterValue?: ParameterValue;
}

interface ParameterType {
  type: string;
  arrayType?: ParameterType;
  structTypes?: { name?: string; type: ParameterType }[];
}

interface ParameterValue {
  /** A string by the specification; the Node client sends numbers as they are. */
  value?: string | number | boolean | null;
  arrayValues?: ParameterValue[];
  structValues?: Record<string, ParameterValue>;
}

export interface Parameter {
  type: ParameterType;
  value: ParameterValue;
}

export interface QueryParameters {
  /** By name in lower case: parameters know no case. */
  named: ReadonlyMap<string, Parameter>;
  positional: readonly Parameter[];
}

export const NO_PARAMETERS: QueryParameters = { named: new Map(), positional: [] };

/** @throws BigQueryError invalid */
export function parseParameters(raw: readonly QueryParameter[] | undefined): QueryParameters {
  const named = new Map<string, Parameter>();
  const positional: Parameter[] = [];
  for (const { name, parameterType, parameterValue } of raw ?? []) {
    const parameter = {
      type: { ...parameterType, type: parameterType.type.toUpperCase() },
      value: parameterValue ?? {},
    };
    if (name === undefined || name === '') positional.push(parameter);
    else named.set(name.toLowerCase(), parameter);
  }
  return { named, positional };
}

/** A parameter as a DuckDB literal of its type. */
export function parameterSql({ type, value }: Parameter): string {
  return valueSql(parameterField(type, ''), type, value);
}

function parameterField(type: ParameterType, name: string): Field {
  const kind = type.type.toUpperCase();
  if (kind === 'ARRAY') {
    if (type.arrayType === undefined) throw new BigQueryError('invalid', 'An array parameter has no arrayType');
    return { ...parameterField(type.arrayType, name), mode: 'REPEATED' };
  }
  const known = fieldType(kind);
  if (known === undefined) throw new BigQueryError('invalid', `Unsupported type of a query parameter: ${type.type}`);
  if (known !== 'RECORD') return { name, type: known };
  const fields = (type.structTypes ?? []).map((field, i) =>
    parameterField(field.type, field.name ?? `_field_${i + 1}`),
  );
  return { name, type: known, fields };
}

function valueSql(field: Field, type: ParameterType, value: ParameterValue): string {
  const target = duckdbType(field);
  if (field.mode === 'REPEATED') {
    const element: Field = { ...field, mode: 'NULLABLE' };
    const values = (value.arrayValues ?? []).map((one) => valueSql(element, type.arrayType ?? type, one));
    return `CAST([${values.join(', ')}] AS ${target})`;
  }
  if (field.type === 'RECORD') {
    const fields = (field.fields ?? []).map((inner, i) => {
      const inside = value.structValues?.[inner.name] ?? {};
      return `${quoteIdentifier(inner.name)} := ${valueSql(inner, type.structTypes?.[i]?.type ?? type, inside)}`;
    });
    return `struct_pack(${fields.join(', ')})`;
  }
  const text = value.value;
  if (text === undefined || text === null) return `CAST(NULL AS ${target})`;
  return scalarSql(field, String(text), target);
}

function scalarSql(field: Field, text: string, target: string): string {
  const bad = (): BigQueryError => new BigQueryError('invalid', `Invalid value for type ${field.type}: ${text}`);
  switch (field.type) {
    case 'TIMESTAMP': {
      const micros = parseTimestamp(text);
      if (micros === undefined) throw bad();
      return `make_timestamptz(${micros})`;
    }
    case 'INTEGER':
      if (!/^[+-]?\d+$/.test(text)) throw bad();
      break;
    case 'FLOAT':
      if (Number.isNaN(Number(text)) && !/^[+-]?(nan|inf(inity)?)$/i.test(text)) throw bad();
      break;
    case 'BOOLEAN':
      if (!/^(true|false)$/i.test(text)) throw bad();
      break;
    case 'DATE':
      if (parseDate(text) === undefined) throw bad();
      break;
    case 'TIME':
      if (parseTime(text) === undefined) throw bad();
      break;
    case 'DATETIME':
      if (parseDateTime(text) === undefined) throw bad();
      break;
    case 'BYTES':
      return `from_base64(${quoteString(text)})`;
    case 'STRING':
      return quoteString(text);
    case 'NUMERIC':
    case 'BIGNUMERIC':
    case 'JSON':
    case 'RECORD':
    default:
      break;
  }
  return `CAST(${quoteString(text)} AS ${target})`;
}
