import { unsupported } from '../errors.ts';
import { label, Part, type Node } from './ast.ts';

/** A function call, whatever node the parser made of it. */
export interface Call {
  /** Upper case, without `SAFE.`. */
  name: string;
  args: readonly Node[];
  /** `SAFE.f(…)`: NULL where f would fail. */
  safe: boolean;
  distinct: boolean;
  ignoreNulls: boolean;
  orderBy: readonly Node[];
  limit: Node | undefined;
  havingMax: { by: Node; max: boolean } | undefined;
  /** `COUNT(*)` */
  star: boolean;
}

/** Nodes that the parser has of its own for a function: the function's name, and where its arguments are. */
const NODES: Readonly<Record<string, readonly [name: string, ...args: string[]]>> = {
  abs: ['ABS', 'this'],
  any_value: ['ANY_VALUE', 'this'],
  approx_count_distinct: ['APPROX_COUNT_DISTINCT', 'this'],
  array_agg: ['ARRAY_AGG', 'this'],
  array_concat_agg: ['ARRAY_CONCAT_AGG', 'this'],
  array_length: ['ARRAY_LENGTH', 'this'],
  array_reverse: ['ARRAY_REVERSE', 'this'],
  avg: ['AVG', 'this'],
  bitwise_and_agg: ['BIT_AND', 'this'],
  bitwise_or_agg: ['BIT_OR', 'this'],
  bitwise_xor_agg: ['BIT_XOR', 'this'],
  ceil: ['CEIL', 'this'],
  coalesce: ['COALESCE', 'expressions'],
  count: ['COUNT', 'this'],
  count_if: ['COUNTIF', 'this'],
  cume_dist: ['CUME_DIST'],
  dense_rank: ['DENSE_RANK'],
  ends_with: ['ENDS_WITH', 'this', 'expression'],
  exp: ['EXP', 'this'],
  first_value: ['FIRST_VALUE', 'this'],
  floor: ['FLOOR', 'this'],
  if_func: ['IF', 'condition', 'true_value', 'false_value'],
  initcap: ['INITCAP', 'this'],
  j_s_o_n_array: ['JSON_ARRAY', 'expressions'],
  json_extract: ['JSON_EXTRACT', 'this', 'path'],
  json_extract_scalar: ['JSON_EXTRACT_SCALAR', 'this', 'path'],
  json_keys: ['JSON_KEYS', 'this'],
  json_query: ['JSON_QUERY', 'this', 'path'],
  json_type: ['JSON_TYPE', 'this'],
  json_value: ['JSON_VALUE', 'this', 'path'],
  lag: ['LAG', 'this', 'offset', 'default'],
  last_value: ['LAST_VALUE', 'this'],
  lead: ['LEAD', 'this', 'offset', 'default'],
  length: ['LENGTH', 'this'],
  ln: ['LN', 'this'],
  log: ['LOG', 'this', 'base'],
  logical_and: ['LOGICAL_AND', 'this'],
  logical_or: ['LOGICAL_OR', 'this'],
  lower: ['LOWER', 'this'],
  max: ['MAX', 'this'],
  min: ['MIN', 'this'],
  mod_func: ['MOD', 'this', 'expression'],
  n_tile: ['NTILE', 'num_buckets'],
  normalize: ['NORMALIZE', 'this'],
  nth_value: ['NTH_VALUE', 'this', 'offset'],
  parse_json: ['PARSE_JSON', 'this'],
  percent_rank: ['PERCENT_RANK'],
  power: ['POW', 'this', 'expression'],
  rand: ['RAND'],
  rank: ['RANK'],
  round: ['ROUND', 'this', 'decimals'],
  row_number: ['ROW_NUMBER'],
  safe_divide: ['SAFE_DIVIDE', 'this', 'expression'],
  sqrt: ['SQRT', 'this'],
  starts_with: ['STARTS_WITH', 'this', 'expression'],
  stddev: ['STDDEV', 'this'],
  stddev_pop: ['STDDEV_POP', 'this'],
  stddev_samp: ['STDDEV_SAMP', 'this'],
  str_position: ['STRPOS', 'this', 'substr'],
  string_agg: ['STRING_AGG', 'this', 'separator'],
  substring: ['SUBSTR', 'this', 'start', 'length'],
  sum: ['SUM', 'this'],
  timestamp: ['TIMESTAMP', 'this', 'zone'],
  to_json: ['TO_JSON', 'this'],
  trim: ['TRIM', 'this', 'characters'],
  upper: ['UPPER', 'this'],
  var_pop: ['VAR_POP', 'this'],
  var_samp: ['VAR_SAMP', 'this'],
  variance: ['VARIANCE', 'this'],
};

const MODIFIERS = [
  'distinct',
  'ignore_nulls',
  'order_by',
  'limit',
  'having_max',
  'star',
  'name',
  'with_tz',
  'position',
];

/** The call that a node is; undefined where it is none. */
export function callOf(node: Node): Call | undefined {
  const part = Part.of(node);
  if (part.kind === 'function' || part.kind === 'aggregate_function') {
    part.only('name', 'args', 'quoted', ...MODIFIERS);
    const written = part.text('name') ?? '';
    const safe = /^SAFE\./i.test(written);
    return {
      ...modifiers(part),
      name: (safe ? written.slice(5) : written).toUpperCase(),
      safe,
      args: part.nodes('args'),
    };
  }
  if (part.kind === 'method_call') {
    const owner = Part.of(part.node('this')).name('name') ?? '';
    throw unsupported(`the function ${`${owner}.${part.name('method') ?? ''}`.toUpperCase()}`);
  }
  const known = NODES[part.kind];
  if (known === undefined) return undefined;
  const [name, ...keys] = known;
  part.only(...keys, ...MODIFIERS);
  if (part.has('position') && part.kind !== 'trim') throw unsupported(`${name} with a position`);
  const args = keys.flatMap((key) =>
    key === 'expressions' ? part.nodes(key) : [part.find(key)].filter((node) => node !== undefined),
  );
  return { ...modifiers(part), name, safe: false, args };
}

function modifiers(part: Part): Omit<Call, 'name' | 'args' | 'safe'> {
  const [by, max] = (part.raw('having_max') ?? []) as [Node?, boolean?];
  return {
    distinct: part.flag('distinct'),
    ignoreNulls: part.flag('ignore_nulls'),
    orderBy: part.nodes('order_by'),
    limit: part.find('limit'),
    havingMax: by === undefined ? undefined : { by, max: max === true },
    star: part.flag('star'),
  };
}

/** @throws BigQueryError where the call carries what only some aggregate functions take */
export function assertPlain(call: Call): void {
  const carried = {
    DISTINCT: call.distinct,
    'IGNORE NULLS': call.ignoreNulls,
    'ORDER BY': call.orderBy.length > 0,
    LIMIT: call.limit !== undefined,
    HAVING: call.havingMax !== undefined,
    '*': call.star,
  };
  for (const [what, present] of Object.entries(carried)) {
    if (present) throw unsupported(`${what} in ${label(call.name)}`);
  }
}
