import { invalidQuery, unsupported } from '#emulator/bigquery/errors.ts';
import type { Call } from '../calls.ts';
import type { Translation } from '../context.ts';

/** Writes an aggregate; what follows (an OVER clause) is the caller's. */
type EmitAggregate = (call: Call, translation: Translation) => string;

function first(call: Call, translation: Translation): string {
  const [node] = call.args;
  if (node === undefined)
    throw invalidQuery(`No matching signature for aggregate function ${call.name} with no arguments`);
  return translation.expression(node);
}

/** `f([DISTINCT] x [ORDER BY …])` */
function simple(target: string, wrap = (sql: string): string => sql): EmitAggregate {
  return (call, translation) => {
    if (call.orderBy.length > 0 || call.limit !== undefined || call.havingMax !== undefined || call.ignoreNulls) {
      throw unsupported(`ORDER BY, LIMIT, HAVING or IGNORE NULLS in ${call.name}`);
    }
    const args = call.args.map((arg) => translation.expression(arg));
    return wrap(`${target}(${call.distinct ? 'DISTINCT ' : ''}${args.join(', ')})`);
  };
}

function collected(call: Call, translation: Translation, target: string, extra = ''): string {
  if (call.havingMax !== undefined) throw unsupported(`HAVING in ${call.name}`);
  const value = first(call, translation);
  const order = call.orderBy.length === 0 ? '' : ` ORDER BY ${translation.order(call.orderBy)}`;
  const filter = call.ignoreNulls || call.name === 'STRING_AGG' ? ` FILTER (WHERE ${value} IS NOT NULL)` : '';
  return `${target}(${call.distinct ? 'DISTINCT ' : ''}${value}${extra}${order})${filter}`;
}

function limited(sql: string, call: Call, translation: Translation): string {
  if (call.limit === undefined) return sql;
  const limit = translation.integerLiteral(call.limit);
  if (limit === undefined) throw unsupported(`LIMIT that is no literal in ${call.name}`);
  return `(${sql})[1:${limit}]`;
}

const COUNT: EmitAggregate = (call, translation) => {
  if (call.star || call.args.length === 0) return 'count(*)';
  return simple('count')(call, translation);
};

const STRING_AGG: EmitAggregate = (call, translation) => {
  const separator = call.args[1] === undefined ? "','" : translation.expression(call.args[1]);
  if (call.limit === undefined) return collected(call, translation, 'string_agg', `, ${separator}`);
  return `array_to_string(${limited(collected(call, translation, 'list'), call, translation)}, ${separator})`;
};

const ANY_VALUE: EmitAggregate = (call, translation) => {
  const value = first(call, translation);
  if (call.havingMax === undefined) return `any_value(${value})`;
  const { by, max } = call.havingMax;
  return `${max ? 'arg_max' : 'arg_min'}(${value}, ${translation.expression(by)})`;
};

/** Exact, which an approximation may be: element i is the value at rank i/n, the minimum and the maximum at the ends. */
const APPROX_QUANTILES: EmitAggregate = (call, translation) => {
  const number = call.args[1] === undefined ? undefined : translation.integerLiteral(call.args[1]);
  if (number === undefined || number < 1)
    throw invalidQuery('APPROX_QUANTILES takes a positive integer literal as its second argument');
  const ranks = Array.from({ length: number + 1 }, (_, i) => String(i / number));
  return `quantile_disc(${call.distinct ? 'DISTINCT ' : ''}${first(call, translation)}, [${ranks.join(', ')}])`;
};

/** Exact too; counts of equal size in the order of their values. */
const APPROX_TOP_COUNT: EmitAggregate = (call, translation) => {
  const number = call.args[1] === undefined ? undefined : translation.integerLiteral(call.args[1]);
  if (number === undefined || number < 1)
    throw invalidQuery('APPROX_TOP_COUNT takes a positive integer literal as its second argument');
  return `bq_top_count(histogram(${first(call, translation)}), ${number})`;
};

/** @see https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate_functions */
export const AGGREGATES: Readonly<Record<string, EmitAggregate>> = {
  COUNT,
  COUNTIF: simple('count_if', (sql) => `CAST(${sql} AS BIGINT)`),
  SUM: simple('sum'),
  AVG: simple('avg'),
  MIN: simple('min'),
  MAX: simple('max'),
  ANY_VALUE,
  ARRAY_AGG: (call, translation) => limited(collected(call, translation, 'list'), call, translation),
  ARRAY_CONCAT_AGG: (call, translation) =>
    `flatten(${limited(collected(call, translation, 'list'), call, translation)})`,
  STRING_AGG,
  APPROX_COUNT_DISTINCT: (call, translation) => `count(DISTINCT ${first(call, translation)})`,
  APPROX_QUANTILES,
  APPROX_TOP_COUNT,
  LOGICAL_AND: simple('bool_and'),
  LOGICAL_OR: simple('bool_or'),
  STDDEV: simple('stddev_samp'),
  STDDEV_SAMP: simple('stddev_samp'),
  STDDEV_POP: simple('stddev_pop'),
  VARIANCE: simple('var_samp'),
  VAR_SAMP: simple('var_samp'),
  VAR_POP: simple('var_pop'),
  CORR: simple('corr'),
  COVAR_POP: simple('covar_pop'),
  COVAR_SAMP: simple('covar_samp'),
  BIT_AND: simple('bit_and'),
  BIT_OR: simple('bit_or'),
  BIT_XOR: simple('bit_xor'),
  MAX_BY: simple('arg_max'),
  MIN_BY: simple('arg_min'),
  GROUPING: simple('grouping'),
};
