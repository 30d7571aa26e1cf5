import { setImmediate } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Field } from '../catalog/schema.ts';
import { BigQueryError, invalidQuery } from '../errors.ts';
import { resultField } from '../values/encode.ts';
import type { Engine } from './duckdb.ts';

export interface Rows {
  fields: Field[];
  rows: DuckDBValue[][];
}

/** What one query may answer, so that none fills this process. */
const MAX_RESULT_ROWS = 2_000_000;

/**
 * Runs translated SQL, giving way to other work between the chunks of its result.
 *
 * @throws BigQueryError invalidQuery, in BigQuery's words where they are known
 */
export async function runSql(engine: Engine, sql: string, signal?: AbortSignal): Promise<Rows> {
  return engine.use(async (connection) => {
    const interrupt = (): void => connection.interrupt();
    signal?.addEventListener('abort', interrupt);
    try {
      return await collect(connection, sql);
    } catch (error) {
      if (signal?.aborted === true)
        throw new BigQueryError('invalid', 'Job execution was cancelled: User requested cancellation');
      throw queryError(error);
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  });
}

async function collect(connection: DuckDBConnection, sql: string): Promise<Rows> {
  const result = await connection.stream(sql);
  const fields = result.columnNames().map((name, i) => resultField(name, result.columnType(i)));
  const rows: DuckDBValue[][] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { fields, rows };
    for (const row of chunk.getRows()) rows.push(row);
    if (rows.length > MAX_RESULT_ROWS) throw invalidQuery(`Response too large to return: over ${MAX_RESULT_ROWS} rows`);
    await setImmediate();
  }
}

/** The columns that translated SQL would answer, without running it. */
export async function describe(engine: Engine, sql: string): Promise<Field[]> {
  return engine.use(async (connection) => {
    try {
      const prepared = await connection.prepare(sql);
      const count = prepared.columnCount;
      const fields = Array.from({ length: count }, (_, i) =>
        resultField(prepared.columnName(i), prepared.columnType(i)),
      );
      prepared.destroySync();
      return fields;
    } catch (error) {
      throw queryError(error);
    }
  });
}

const REWORDED: readonly [pattern: RegExp, words: (match: RegExpExecArray) => string][] = [
  [/Column "([^"]+)" referenced that exists in the SELECT clause/, ([, name]) => `Unrecognized name: ${name}`],
  [/Referenced column "([^"]+)" not found/, ([, name]) => `Unrecognized name: ${name}`],
  [/Referenced table "([^"]+)" not found/, ([, name]) => `Unrecognized name: ${name}`],
  [/Values list "[^"]*" does not have a column named "([^"]+)"/, ([, name]) => `Unrecognized name: ${name}`],
  [
    /Table "([^"]+)" does not have a column named "([^"]+)"/,
    ([, table, name]) => `Name ${name} not found inside ${table}`,
  ],
  [/Ambiguous reference to column name "([^"]+)"/, ([, name]) => `Column name ${name} is ambiguous`],
  [
    /column "([^"]+)" must appear in the GROUP BY clause/,
    ([, name]) => {
      return `SELECT list expression references column ${name} which is neither grouped nor aggregated`;
    },
  ],
  [/Duplicate alias "([^"]+)"/, ([, name]) => `Duplicate table alias ${name} in the same FROM clause`],
  [/NOT NULL constraint failed: .*\.([^.]+)$/, ([, name]) => `Required field ${name} cannot be null`],
  [/Overflow in (?:addition|subtraction|multiplication) of INT64 \(([^)]*)\)/, ([, what]) => `int64 overflow: ${what}`],
  [
    /Could not convert string '([^']*)' to ([A-Z0-9]+)/,
    ([, value, type]) => `Could not cast "${value}" to type ${type}`,
  ],
];

/** DuckDB's error in BigQuery's words where they are known, else in its own. */
function queryError(error: unknown): BigQueryError {
  if (error instanceof BigQueryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  for (const [pattern, words] of REWORDED) {
    const match = pattern.exec(text);
    if (match !== null) return invalidQuery(words(match));
  }
  const [first = ''] = text.split('\n');
  return invalidQuery(first.replace(/^(?:[A-Z]\w+ )+(?:Error|Exception): /, '').replaceAll(/\bbqs?_/g, ''));
}
