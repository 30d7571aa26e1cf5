/** Refuses at planning what is of the wrong type: DuckDB folds `typeof` away, so that a right query pays nothing. */
function only(types: readonly string[], value: string, message: string): string {
  const names = types.map((type) => `'${type}'`).join(', ');
  return `CASE WHEN typeof(x) IN (${names}, '"NULL"') THEN ${value} ELSE error(${message}) END`;
}

/** A value of one kind, or a string that is read as one; never another kind in silence. */
function as(macro: string, target: string, ...types: string[]): string {
  const body = only(
    [...types, 'VARCHAR'],
    `CAST(x AS ${target})`,
    `'No matching signature: a ${macro.toUpperCase()} was expected and not ' || typeof(x)`,
  );
  return `CREATE MACRO bq_as_${macro}(x) AS ${body}`;
}

/** The macros once more, as `bqs_…`, answering NULL where they would fail: for `SAFE.` and SAFE_CAST. */
function harmless(macros: readonly string[]): string[] {
  return macros.map((macro) => macro.replaceAll(/\bbq_/g, 'bqs_').replaceAll(/\berror\(/g, 'bqs_null('));
}

/**
 * DuckDB macros that mean what BigQuery's functions mean, where DuckDB's own do not: NULLs, signs, failures and types.
 * The translator writes calls of these.
 */
const MACROS: readonly string[] = [
  as('timestamp', 'TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE'),
  as('datetime', 'TIMESTAMP', 'TIMESTAMP', 'DATE'),
  as('date', 'DATE', 'DATE'),
  as('time', 'TIME', 'TIME'),

  `CREATE MACRO bq_comparable(x) AS CASE WHEN typeof(x) = 'JSON'
     THEN error('No matching signature for a comparison with JSON: convert it, as with JSON_VALUE or LAX_STRING') ELSE x END`,

  // Numbers, strings and booleans are not compared with each other; DuckDB would convert.
  `CREATE MACRO bq_family(x) AS CASE WHEN typeof(x) = 'VARCHAR' THEN 'STRING' WHEN typeof(x) = 'BOOLEAN' THEN 'BOOL'
     WHEN typeof(x) IN ('BIGINT', 'INTEGER', 'HUGEINT', 'DOUBLE') OR starts_with(typeof(x), 'DECIMAL') THEN 'a number' END`,
  `CREATE MACRO bq_typed(a, b) AS CASE
     WHEN typeof(a) = 'JSON' OR typeof(b) = 'JSON'
       THEN error('No matching signature for a comparison with JSON: convert it, as with JSON_VALUE or LAX_STRING')
     WHEN bq_family(a) <> bq_family(b) THEN error('No matching signature for a comparison of ' || bq_family(a) || ' with ' || bq_family(b))
     ELSE a END`,
  `CREATE MACRO bq_condition(x) AS CASE WHEN typeof(x) IN ('BOOLEAN', '"NULL"') THEN x
     ELSE error('No matching signature: a BOOL was expected and not ' || typeof(x)) END`,

  // Numbers
  `CREATE MACRO bq_divide(a, b) AS CASE WHEN b = 0 THEN error('division by zero: ' || a || ' / ' || b) ELSE a / b END`,
  `CREATE MACRO bq_safe_divide(a, b) AS CASE WHEN b = 0 THEN NULL ELSE a / b END`,
  `CREATE MACRO bq_ieee_divide(a, b) AS CASE WHEN b <> 0 OR isnan(b) OR isnan(a) THEN a / b
     WHEN a = 0 THEN 'NaN'::DOUBLE WHEN a > 0 THEN 'Infinity'::DOUBLE WHEN a < 0 THEN '-Infinity'::DOUBLE END`,
  `CREATE MACRO bq_mod(a, b) AS CASE WHEN b = 0 THEN error('division by zero: MOD(' || a || ', ' || b || ')') ELSE a % b END`,
  `CREATE MACRO bq_div(a, b) AS CASE WHEN b = 0 THEN error('division by zero: DIV(' || a || ', ' || b || ')') ELSE a // b END`,
  `CREATE MACRO bq_floor_div(a, b) AS CASE WHEN a % b < 0 THEN a // b - 1 ELSE a // b END`,

  // Strings
  `CREATE MACRO bq_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(x AS BLOB)) ELSE length(CAST(x AS VARCHAR)) END`,
  `CREATE MACRO bq_byte_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(x AS BLOB)) ELSE strlen(CAST(x AS VARCHAR)) END`,
  `CREATE MACRO bq_upper(x) AS upper(replace(x, 'ß', 'SS'))`,
  `CREATE MACRO bq_start(x, p) AS CASE WHEN p = 0 OR p < -length(x) THEN 1 ELSE p END`,
  `CREATE MACRO bq_substr(x, p) AS substring(x, bq_start(x, p)),
     (x, p, n) AS CASE WHEN n < 0 THEN error('Third argument in SUBSTR() cannot be negative') ELSE substring(x, bq_start(x, p), n) END`,
  `CREATE MACRO bq_replace(x, a, b) AS CASE WHEN a = '' THEN x ELSE replace(x, a, b) END`,
  `CREATE MACRO bq_lpad(x, n, f) AS CASE WHEN length(x) >= n THEN substring(x, 1, n) ELSE lpad(x, n, f) END`,
  `CREATE MACRO bq_rpad(x, n, f) AS CASE WHEN length(x) >= n THEN substring(x, 1, n) ELSE rpad(x, n, f) END`,
  `CREATE MACRO bq_contains_substr(x, s) AS ${only(['VARCHAR'], `contains(lower(x), lower(s))`, `'CONTAINS_SUBSTR is supported for STRING only here'`)}`,

  // JSON. A string that is no JSON has no value at any path.
  `CREATE MACRO bq_json(x) AS CASE WHEN typeof(x) = 'JSON' THEN x WHEN json_valid(CAST(x AS VARCHAR)) THEN CAST(x AS JSON) END`,
  `CREATE MACRO bq_as_json(x) AS ${only(['JSON'], 'x', `'Field access with a string is for JSON and not for ' || typeof(x)`)}`,
  `CREATE MACRO bq_json_value(x, p) AS CASE WHEN json_type(bq_json(x), p) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
     ELSE json_extract_string(bq_json(x), p) END`,
  `CREATE MACRO bq_json_query(x, p) AS json_extract(bq_json(x), p)`,
  `CREATE MACRO bq_json_query_array(x, p) AS CASE WHEN json_type(bq_json(x), p) = 'ARRAY'
     THEN CAST(json_extract(bq_json(x), p) AS JSON[]) END`,
  `CREATE MACRO bq_json_value_array(x, p) AS CASE WHEN json_type(bq_json(x), p) = 'ARRAY'
     THEN list_transform(CAST(json_extract(bq_json(x), p) AS JSON[]), lambda e: bq_json_value(e, '$')) END`,
  `CREATE MACRO bq_json_type(x) AS CASE json_type(x) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string'
     WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' WHEN NULL THEN NULL ELSE CASE WHEN x IS NOT NULL THEN 'number' END END`,
  `CREATE MACRO bq_to_json(x) AS CASE WHEN contains(typeof(x), 'TIMESTAMP') OR contains(typeof(x), 'BLOB')
     THEN error('TO_JSON of a time or of BYTES is not supported here') ELSE coalesce(to_json(x), 'null'::JSON) END`,
  `CREATE MACRO bq_is_integer(x) AS regexp_full_match(x, '-?[0-9]+(\\.0+)?')`,
  `CREATE MACRO bq_int64(x) AS CASE WHEN x IS NULL THEN NULL
     WHEN json_type(x) IN ('BIGINT', 'UBIGINT', 'DOUBLE') AND bq_is_integer(x ->> '$') THEN CAST(split_part(x ->> '$', '.', 1) AS BIGINT)
     ELSE error('The provided JSON input is not an integer') END`,
  `CREATE MACRO bq_float64(x) AS CASE WHEN x IS NULL THEN NULL
     WHEN json_type(x) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(x ->> '$' AS DOUBLE)
     ELSE error('The provided JSON input is not a number') END`,
  `CREATE MACRO bq_bool(x) AS CASE WHEN x IS NULL THEN NULL WHEN json_type(x) = 'BOOLEAN' THEN (x ->> '$') = 'true'
     ELSE error('The provided JSON input is not a boolean') END`,
  `CREATE MACRO bq_string(x) AS CASE WHEN x IS NULL THEN NULL
     WHEN typeof(x) <> 'JSON' THEN bq_to_string(x)
     WHEN json_type(bq_json(x)) = 'VARCHAR' THEN bq_json(x) ->> '$'
     ELSE error('The provided JSON input is not a string') END`,
  `CREATE MACRO bq_lax_int64(x) AS CASE WHEN json_type(x) = 'BOOLEAN' THEN CASE WHEN (x ->> '$') = 'true' THEN 1 ELSE 0 END
     WHEN json_type(x) IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(x ->> '$' AS BIGINT)
     WHEN json_type(x) IN ('DOUBLE', 'VARCHAR') THEN CAST(TRY_CAST(x ->> '$' AS DOUBLE) AS BIGINT) END`,
  `CREATE MACRO bq_lax_float64(x) AS CASE WHEN json_type(x) IN ('BIGINT', 'UBIGINT', 'DOUBLE', 'VARCHAR') THEN TRY_CAST(x ->> '$' AS DOUBLE) END`,
  `CREATE MACRO bq_lax_bool(x) AS CASE WHEN json_type(x) = 'BOOLEAN' THEN (x ->> '$') = 'true'
     WHEN json_type(x) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(x ->> '$' AS DOUBLE) <> 0
     WHEN json_type(x) = 'VARCHAR' AND lower(x ->> '$') IN ('true', 'false') THEN lower(x ->> '$') = 'true' END`,
  `CREATE MACRO bq_lax_string(x) AS CASE WHEN json_type(x) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE x ->> '$' END`,

  // Conversions
  `CREATE MACRO bq_fraction(x) AS CASE WHEN microsecond(x) % 1000000 = 0 THEN '' WHEN microsecond(x) % 1000 = 0
     THEN '.' || lpad(CAST(microsecond(x) % 1000000 // 1000 AS VARCHAR), 3, '0') ELSE '.' || lpad(CAST(microsecond(x) % 1000000 AS VARCHAR), 6, '0') END`,
  `CREATE MACRO bq_double_to_string(x) AS regexp_replace(CAST(x AS VARCHAR), '\\.0$', '')`,
  `CREATE MACRO bq_to_string(x) AS CASE typeof(x)
     WHEN 'DOUBLE' THEN bq_double_to_string(x)
     WHEN 'BLOB' THEN decode(TRY_CAST(x AS BLOB))
     WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMPTZ), '%Y-%m-%d %H:%M:%S') || bq_fraction(TRY_CAST(x AS TIMESTAMPTZ)) || '+00'
     WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S') || bq_fraction(TRY_CAST(x AS TIMESTAMP))
     WHEN 'JSON' THEN error('Invalid cast from JSON to STRING: use JSON_VALUE, LAX_STRING or TO_JSON_STRING')
     ELSE CAST(x AS VARCHAR) END`,
  `CREATE MACRO bq_to_int64(x) AS CASE
     WHEN typeof(x) = 'VARCHAR' THEN CASE WHEN regexp_full_match(trim(CAST(x AS VARCHAR)), '[+-]?[0-9]+') THEN TRY_CAST(x AS BIGINT)
       WHEN x IS NULL THEN NULL ELSE error('Bad int64 value: ' || x) END
     WHEN typeof(x) = 'DOUBLE' OR starts_with(typeof(x), 'DECIMAL') THEN CAST(round(TRY_CAST(x AS DOUBLE)) AS BIGINT)
     WHEN typeof(x) = 'JSON' THEN error('Invalid cast from JSON to INT64: use INT64 or LAX_INT64')
     ELSE TRY_CAST(x AS BIGINT) END`,
  `CREATE MACRO bq_to_float64(x) AS CASE WHEN typeof(x) = 'JSON' THEN error('Invalid cast from JSON to FLOAT64: use FLOAT64 or LAX_FLOAT64')
     ELSE CAST(x AS DOUBLE) END`,
  `CREATE MACRO bq_to_bool(x) AS CASE WHEN typeof(x) = 'VARCHAR' THEN CASE WHEN lower(CAST(x AS VARCHAR)) IN ('true', 'false')
       THEN lower(CAST(x AS VARCHAR)) = 'true' WHEN x IS NULL THEN NULL ELSE error('Bad bool value: ' || x) END
     WHEN typeof(x) = 'JSON' THEN error('Invalid cast from JSON to BOOL: use BOOL or LAX_BOOL')
     ELSE TRY_CAST(x AS BOOLEAN) END`,
  `CREATE MACRO bq_to_bytes(x) AS CASE WHEN typeof(x) = 'BLOB' THEN x ELSE encode(CAST(x AS VARCHAR)) END`,
  `CREATE MACRO bq_timestamp_micros(x) AS make_timestamptz(CAST(x AS BIGINT))`,

  // Arrays
  `CREATE MACRO bq_array_at(a, i) AS CASE WHEN a IS NULL OR i IS NULL THEN NULL WHEN i < 1 OR i > len(a)
     THEN error('Array index ' || (i - 1) || ' is out of bounds') ELSE a[i] END`,
  `CREATE MACRO bq_safe_array_at(a, i) AS CASE WHEN i < 1 THEN NULL ELSE a[i] END`,
  `CREATE MACRO bq_subscript(a, i) AS CASE WHEN typeof(a) = 'JSON' THEN a[i] WHEN i + 1 < 1 OR i + 1 > len(a)
     THEN error('Array index ' || i || ' is out of bounds') ELSE a[i + 1] END`,
  `CREATE MACRO bq_top_count(h, n) AS list_transform(list_sort(list_transform(map_entries(h),
     lambda e: {'count': -CAST(e.value AS BIGINT), 'value': e.key}))[1:n], lambda e: {'value': e.value, 'count': -e.count})`,
];

/** What a new DuckDB is given before anything else. */
export const PRELUDE: readonly string[] = [...MACROS, 'CREATE MACRO bqs_null(message) AS NULL', ...harmless(MACROS)];
