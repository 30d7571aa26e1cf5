import { direct, written, type FunctionRule } from './registry.ts';

/** @see https://cloud.google.com/bigquery/docs/reference/standard-sql/array_functions */
export const ARRAYS: Readonly<Record<string, FunctionRule>> = {
  ARRAY_LENGTH: direct('len', 1),
  ARRAY_TO_STRING: written(2, 2, (array, separator) => `array_to_string(${array}, ${separator})`),
  ARRAY_REVERSE: direct('list_reverse', 1),
  ARRAY_CONCAT: written(1, 64, (...arrays) => {
    const anyNull = arrays.map((array) => `${array} IS NULL`).join(' OR ');
    const joined = arrays.reduce((left, right) => `list_concat(${left}, ${right})`);
    return `CASE WHEN ${anyNull} THEN NULL ELSE ${joined} END`;
  }),
  ARRAY_FIRST: written(1, 1, (array) => `bq_array_at(${array}, 1)`),
  ARRAY_LAST: written(1, 1, (array) => `bq_array_at(${array}, len(${array}))`),
  GENERATE_ARRAY: direct('generate_series', 2, 3),
};

/** @see https://cloud.google.com/bigquery/docs/reference/standard-sql/conditional_expressions */
export const CONDITIONS: Readonly<Record<string, FunctionRule>> = {
  IF: written(
    3,
    3,
    (condition, then, otherwise) => `CASE WHEN bq_condition(${condition}) THEN ${then} ELSE ${otherwise} END`,
  ),
  IFNULL: direct('coalesce', 2),
  COALESCE: direct('coalesce', 1, 64),
  NULLIF: direct('nullif', 2),
  ERROR: direct('error', 1),
};
