import { direct, written, type FunctionRule } from './registry.ts';

const double = (x: string | undefined): string => `CAST(${x} AS DOUBLE)`;

/** NULL where any argument is: DuckDB's own leave NULLs out. */
function extreme(target: string): FunctionRule {
  return written(1, 64, (...args) => {
    const anyNull = args.map((arg) => `${arg} IS NULL`).join(' OR ');
    return `CASE WHEN ${anyNull} THEN NULL ELSE ${target}(${args.join(', ')}) END`;
  });
}

/** @see https://cloud.google.com/bigquery/docs/reference/standard-sql/mathematical_functions */
export const NUMBERS: Readonly<Record<string, FunctionRule>> = {
  ABS: direct('abs', 1),
  SIGN: written(1, 1, (x) => `CAST(sign(${x}) AS BIGINT)`),
  ROUND: written(1, 2, (x, digits) =>
    digits === undefined ? `round(${double(x)})` : `round(${double(x)}, CAST(${digits} AS INTEGER))`,
  ),
  TRUNC: written(1, 1, (x) => `trunc(${double(x)})`),
  CEIL: written(1, 1, (x) => `ceil(${double(x)})`),
  CEILING: written(1, 1, (x) => `ceil(${double(x)})`),
  FLOOR: written(1, 1, (x) => `floor(${double(x)})`),
  MOD: direct('bq_mod', 2),
  DIV: direct('bq_div', 2),
  POW: direct('pow', 2),
  POWER: direct('pow', 2),
  SQRT: direct('sqrt', 1),
  EXP: direct('exp', 1),
  LN: direct('ln', 1),
  LOG: written(1, 2, (x, base) => (base === undefined ? `ln(${x})` : `(ln(${x}) / ln(${base}))`)),
  LOG10: direct('log10', 1),
  GREATEST: extreme('greatest'),
  LEAST: extreme('least'),
  RAND: direct('random', 0),
  SAFE_DIVIDE: direct('bq_safe_divide', 2),
  IEEE_DIVIDE: written(2, 2, (x, y) => `bq_ieee_divide(${double(x)}, ${double(y)})`),
  SAFE_ADD: written(2, 2, (x, y) => `TRY(${x} + ${y})`),
  SAFE_SUBTRACT: written(2, 2, (x, y) => `TRY(${x} - ${y})`),
  SAFE_MULTIPLY: written(2, 2, (x, y) => `TRY(${x} * ${y})`),
  SAFE_NEGATE: written(1, 1, (x) => `TRY(-(${x}))`),
  IS_NAN: written(1, 1, (x) => `isnan(${double(x)})`),
  IS_INF: written(1, 1, (x) => `isinf(${double(x)})`),
  BIT_COUNT: written(1, 1, (x) => `CAST(bit_count(${x}) AS BIGINT)`),
};
