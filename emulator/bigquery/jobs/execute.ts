import type { DuckDBValue } from '@duckdb/node-api';
import type { TableReference } from '../catalog/catalog.ts';
import type { Field } from '../catalog/schema.ts';
import { describe, runSql } from '../engine/run.ts';
import { invalidQuery, unsupported } from '../errors.ts';
import { label } from '../sql/ast.ts';
import { parseParameters } from '../sql/parameters.ts';
import { parseStatement } from '../sql/parse.ts';
import { TableResolver, type Defaults } from '../sql/resolve.ts';
import type { Warehouse } from '../warehouse.ts';
import type { QueryConfiguration } from './jobs.ts';

/** What a statement did. */
export interface Outcome {
  statementType: string;
  fields: Field[];
  rows: DuckDBValue[][];
  referencedTables: TableReference[];
}

const QUERIES = new Set(['select', 'union', 'except', 'intersect', 'subquery']);

/**
 * Runs one statement of GoogleSQL. What asks for legacy SQL is read as GoogleSQL too.
 *
 * @throws BigQueryError invalidQuery, notFound, invalid
 */
export async function execute(
  warehouse: Warehouse,
  query: QueryConfiguration,
  defaults: Defaults,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): Promise<Outcome> {
  const parameters = parseParameters(query.queryParameters);
  const { node, part, literals } = parseStatement(query.query);
  const resolver = new TableResolver(warehouse.catalog, defaults);
  if (!QUERIES.has(part.kind)) throw unsupported(`the statement ${label(part.kind)}`);
  const sql = resolver.translator(literals, parameters).query(node);
  const outcome = {
    statementType: 'SELECT',
    referencedTables: [...resolver.referenced.values()].map(({ reference }) => reference),
  };
  const { fields, rows } = dryRun
    ? { fields: await describe(warehouse.engine, sql), rows: [] }
    : await runSql(warehouse.engine, sql, signal);
  assertDistinctNames(fields);
  return { ...outcome, fields, rows };
}

function assertDistinctNames(fields: readonly Field[]): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.toLowerCase();
    if (seen.has(key))
      throw invalidQuery(`Duplicate column names in the result are not supported. Found duplicate(s): ${name}`);
    seen.add(key);
  }
}
