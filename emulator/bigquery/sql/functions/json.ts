import { quoteString } from '#emulator/bigquery/catalog/schema.ts';
import { invalidQuery, unsupported } from '#emulator/bigquery/errors.ts';
import type { Call } from '../calls.ts';
import type { Translation } from '../context.ts';
import { direct, written, type Emit, type FunctionRule } from './registry.ts';

const SEGMENT = /\.([A-Za-z_À-￿][\w\-À-￿]*)|\."([^"\\]*)"|\[(\d+)\]|\['([^'"\\]*)'\]/y;

/**
 * A BigQuery JSONPath (`$.a."b c"[0]`) as one that DuckDB reads the same way: without wildcards, every key in quotes.
 *
 * @throws BigQueryError invalidQuery
 */
function duckdbJsonPath(path: string): string {
  let result = '$';
  SEGMENT.lastIndex = 1;
  if (!path.startsWith('$')) throw invalidQuery(`JSONPath must start with '$'`);
  while (SEGMENT.lastIndex < path.length) {
    const at = SEGMENT.lastIndex;
    const match = SEGMENT.exec(path);
    if (match === null) throw invalidQuery(`Unsupported JSONPath at: ${path.slice(at)}`);
    const key = match[1] ?? match[2] ?? match[4];
    result += key === undefined ? `[${match[3]}]` : `."${key}"`;
  }
  return result;
}

function path({ name, args: [, written] }: Call, translation: Translation): string {
  if (written === undefined) return quoteString('$');
  const literal = translation.stringLiteral(written);
  if (literal === undefined) throw invalidQuery(`JSONPath must be a string literal or query parameter in ${name}`);
  return quoteString(duckdbJsonPath(literal));
}

function atPath(target: string): FunctionRule {
  const emit: Emit = (call, translation) => {
    const [json] = call.args;
    return `${target}(${json === undefined ? 'NULL' : translation.expression(json)}, ${path(call, translation)})`;
  };
  return { min: 1, max: 2, emit };
}

/** @see https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions */
export const JSON_FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  JSON_VALUE: atPath('bq_json_value'),
  JSON_QUERY: atPath('bq_json_query'),
  JSON_EXTRACT: atPath('bq_json_query'),
  JSON_EXTRACT_SCALAR: atPath('bq_json_value'),
  JSON_QUERY_ARRAY: atPath('bq_json_query_array'),
  JSON_EXTRACT_ARRAY: atPath('bq_json_query_array'),
  JSON_VALUE_ARRAY: atPath('bq_json_value_array'),
  JSON_EXTRACT_STRING_ARRAY: atPath('bq_json_value_array'),
  JSON_TYPE: direct('bq_json_type', 1),
  PARSE_JSON: written(1, 1, (text) => `CAST(${text} AS JSON)`),
  TO_JSON: direct('bq_to_json', 1),
  TO_JSON_STRING: written(1, 1, (value) => `CAST(bq_to_json(${value}) AS VARCHAR)`),
  INT64: direct('bq_int64', 1),
  FLOAT64: direct('bq_float64', 1),
  BOOL: direct('bq_bool', 1),
  LAX_INT64: direct('bq_lax_int64', 1),
  LAX_FLOAT64: direct('bq_lax_float64', 1),
  LAX_BOOL: direct('bq_lax_bool', 1),
  LAX_STRING: direct('bq_lax_string', 1),
  STRING: {
    min: 1,
    max: 2,
    emit: ({ args: [value, zone] }, translation) => {
      const sql = value === undefined ? 'NULL' : translation.expression(value);
      if (zone !== undefined) throw unsupported('STRING with a time zone: use FORMAT_TIMESTAMP');
      return `bq_string(${sql})`;
    },
  },
};
