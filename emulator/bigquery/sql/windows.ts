import { invalidQuery, unsupported } from '../errors.ts';
import { AGGREGATES } from './functions/aggregates.ts';
import type { Node, Part } from './ast.ts';
import { callOf, type Call } from './calls.ts';
import type { Translation } from './context.ts';
import { quoteIdentifier } from '../catalog/schema.ts';

/** Functions that only an OVER clause makes sense of: DuckDB's name, and how many arguments. */
const NUMBERING: Readonly<Record<string, readonly [target: string, max: number]>> = {
  ROW_NUMBER: ['row_number', 0],
  RANK: ['rank', 0],
  DENSE_RANK: ['dense_rank', 0],
  PERCENT_RANK: ['percent_rank', 0],
  CUME_DIST: ['cume_dist', 0],
  NTILE: ['ntile', 1],
  LAG: ['lag', 3],
  LEAD: ['lead', 3],
  FIRST_VALUE: ['first_value', 1],
  LAST_VALUE: ['last_value', 1],
  NTH_VALUE: ['nth_value', 2],
};

/** Whether the function is nothing without an OVER clause. */
export function needsWindow(name: string): boolean {
  return name in NUMBERING || name.startsWith('PERCENTILE_');
}

/** DuckDB SQL of `f(…) OVER (…)`. */
export function windowFunction(part: Part, translation: Translation): string {
  part.only('this', 'over');
  const call = callOf(part.node('this'));
  if (call === undefined) throw unsupported('OVER after what is no function call');
  const over = part.part('over')?.only('partition_by', 'order_by', 'frame', 'window_name');
  const window = over === undefined ? '()' : windowSpec(over, translation);
  return `${windowCall(call, translation)} OVER ${window}`;
}

function windowCall(call: Call, translation: Translation): string {
  const args = call.args.map((arg) => translation.expression(arg));
  const numbering = NUMBERING[call.name];
  if (numbering !== undefined) {
    const [target, max] = numbering;
    if (args.length > max) throw invalidQuery(`No matching signature for analytic function ${call.name}`);
    return `${target}(${args.join(', ')}${call.ignoreNulls ? ' IGNORE NULLS' : ''})`;
  }
  if (call.name === 'PERCENTILE_CONT') return `quantile_cont(CAST(${args[0]} AS DOUBLE), ${args[1]})`;
  if (call.name === 'PERCENTILE_DISC') return `quantile_disc(${args[0]}, ${args[1]})`;
  const aggregate = AGGREGATES[call.name];
  if (aggregate === undefined) throw unsupported(`the analytic function ${call.name}`);
  // A cast around the aggregate would come between it and its OVER clause.
  return call.name === 'COUNTIF' ? `count_if(${args.join(', ')})` : aggregate(call, translation);
}

/** What stands after OVER, or after `WINDOW w AS`. */
export function windowSpec(over: Part, translation: Translation): string {
  const name = over.name('window_name');
  const partition = over.nodes('partition_by');
  const order = over.nodes('order_by');
  const frame = over.part('frame');
  if (name !== undefined && partition.length === 0 && order.length === 0 && frame === undefined)
    return quoteIdentifier(name);
  const clauses = [
    ...(name === undefined ? [] : [quoteIdentifier(name)]),
    ...(partition.length === 0
      ? []
      : [`PARTITION BY ${partition.map((node) => translation.expression(node)).join(', ')}`]),
    ...(order.length === 0 ? [] : [`ORDER BY ${translation.order(order)}`]),
    ...(frame === undefined ? [] : [frameSql(frame, translation)]),
  ];
  return `(${clauses.join(' ')})`;
}

function frameSql(frame: Part, translation: Translation): string {
  frame.only('kind', 'start', 'end', 'kind_text', 'start_side_text', 'end_side_text');
  const kind = frame.text('kind')?.toUpperCase();
  if (kind !== 'ROWS' && kind !== 'RANGE') throw unsupported(`a window frame of ${kind}`);
  const start = bound(frame.raw('start'), translation);
  const end = frame.has('end') ? bound(frame.raw('end'), translation) : 'CURRENT ROW';
  return `${kind} BETWEEN ${start} AND ${end}`;
}

function bound(raw: unknown, translation: Translation): string {
  if (raw === 'CurrentRow') return 'CURRENT ROW';
  if (raw === 'UnboundedPreceding') return 'UNBOUNDED PRECEDING';
  if (raw === 'UnboundedFollowing') return 'UNBOUNDED FOLLOWING';
  if (typeof raw === 'object' && raw !== null) {
    for (const [side, node] of Object.entries(raw)) {
      if (side === 'Preceding' || side === 'Following') {
        return `${translation.expression(node as Node)} ${side.toUpperCase()}`;
      }
    }
  }
  throw unsupported('this bound of a window frame');
}
