import { invalidQuery } from '#emulator/bigquery/errors.ts';
import type { Call } from '../calls.ts';
import type { Translation } from '../context.ts';

/** Writes DuckDB SQL for a call. */
export type Emit = (call: Call, translation: Translation) => string;

/** A function this server knows: how many arguments it takes, and what becomes of it. */
export interface FunctionRule {
  min: number;
  max: number;
  emit: Emit;
}

/** @throws BigQueryError as BigQuery does, where the number of arguments is not one that the function takes */
export function assertArity(call: Call, { min, max }: FunctionRule): void {
  if (call.args.length >= min && call.args.length <= max) return;
  throw invalidQuery(`No matching signature for function ${call.name} with ${call.args.length} arguments`);
}

/** `target(a, b, …)` with the arguments as they are. */
export function direct(target: string, min: number, max = min): FunctionRule {
  return {
    min,
    max,
    emit: ({ args }, translation) => `${target}(${args.map((arg) => translation.expression(arg)).join(', ')})`,
  };
}

/** Writes the call from the SQL of its arguments. */
export function written(min: number, max: number, write: (...args: string[]) => string): FunctionRule {
  return {
    min,
    max,
    emit: ({ args }, translation) => write(...args.map((arg) => translation.expression(arg))),
  };
}
