import { invalidQuery, unsupported } from '#emulator/bigquery/errors.ts';
import { assertPlain, type Call } from '../calls.ts';
import type { Translation } from '../context.ts';
import { needsWindow } from '../windows.ts';
import { AGGREGATES } from './aggregates.ts';
import { ARRAYS, CONDITIONS } from './arrays.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { NUMBERS } from './numbers.ts';
import { assertArity, type FunctionRule } from './registry.ts';
import { STRINGS } from './strings.ts';
import { TIMES } from './times.ts';

/** Every function that this server knows, and what it becomes. What is in no table here is refused by its name. */
const SCALARS: ReadonlyMap<string, FunctionRule> = new Map(
  Object.entries({ ...NUMBERS, ...STRINGS, ...JSON_FUNCTIONS, ...TIMES, ...ARRAYS, ...CONDITIONS }),
);
const AGGREGATE_RULES = new Map(Object.entries(AGGREGATES));

/**
 * DuckDB SQL of a function call.
 *
 * @throws BigQueryError invalidQuery for a function that is not in the tables
 */
export function functionCall(call: Call, translation: Translation): string {
  const aggregate = AGGREGATE_RULES.get(call.name);
  if (aggregate !== undefined) {
    if (call.safe) throw invalidQuery(`SAFE. is not supported for aggregate function ${call.name}`);
    return translation.withoutAliases(() => aggregate(call, translation));
  }
  if (needsWindow(call.name))
    throw invalidQuery(`Analytic function ${call.name} cannot be called without an OVER clause`);
  const rule = SCALARS.get(call.name);
  if (rule === undefined) throw unsupported(`the function ${call.name}`);
  assertPlain(call);
  assertArity(call, rule);
  const sql = rule.emit(call, translation);
  return call.safe ? safe(sql) : sql;
}

const QUOTED_OR_MACRO = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\bbq_|\berror\(/g;

/** With the macros that answer NULL where theirs fail: DuckDB's TRY does not take those that fail on purpose. */
export function safe(sql: string): string {
  const harmless = sql.replaceAll(QUOTED_OR_MACRO, (token) => {
    if (token === 'bq_') return 'bqs_';
    return token === 'error(' ? 'bqs_null(' : token;
  });
  return `TRY(${harmless})`;
}
