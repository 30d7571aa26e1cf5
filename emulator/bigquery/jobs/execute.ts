import type { DuckDBValue } from '@duckdb/node-api';
import { duckdbTable, tableName, type TableReference } from '../catalog/catalog.ts';
import type { Field } from '../catalog/schema.ts';
import { describe, runSql } from '../engine/run.ts';
import { invalidQuery, unsupported } from '../errors.ts';
import { label } from '../sql/ast.ts';
import { DML } from '../sql/dml.ts';
import { parseParameters } from '../sql/parameters.ts';
import { parseStatement } from '../sql/parse.ts';
import { TableResolver, type Defaults } from '../sql/resolve.ts';
import type { Warehouse } from '../warehouse.ts';
import { DEFINITIONS } from './definitions.ts';
import type { QueryConfiguration } from './jobs.ts';

/** What a statement did. */
export interface Outcome {
  statementType: string;
  fields: Field[];
  rows: DuckDBValue[][];
  /** Rows that DML inserted, changed or deleted. */
  affectedRows?: number;
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
  if (query.destinationTable !== undefined) throw unsupported('destinationTable: use CREATE TABLE … AS SELECT');
  const parameters = parseParameters(query.queryParameters);
  const { node, part, literals } = parseStatement(query.query);
  const resolver = new TableResolver(warehouse.catalog, defaults);
  const translator = resolver.translator(literals, parameters);
  const outcome = (statementType: string): Outcome => {
    const referencedTables = [...resolver.referenced.values()].map(({ reference }) => reference);
    return { statementType, fields: [], rows: [], referencedTables };
  };
  if (QUERIES.has(part.kind)) {
    const sql = translator.query(node);
    const { fields, rows } = dryRun
      ? { fields: await describe(warehouse.engine, sql), rows: [] }
      : await runSql(warehouse.engine, sql, signal);
    assertDistinctNames(fields);
    return { ...outcome('SELECT'), fields, rows };
  }
  const dml = DML[part.kind];
  if (dml !== undefined) {
    const { target, sql, matchedTwice } = dml(part, translator, (path) =>
      writable(warehouse, resolver.reference(path)),
    );
    const statementType = part.kind === 'truncate' ? 'TRUNCATE_TABLE' : part.kind.toUpperCase();
    if (dryRun) return outcome(statementType);
    const { rows } = await warehouse.exclusively(target, async () => {
      const twice = matchedTwice === undefined ? undefined : await runSql(warehouse.engine, matchedTwice, signal);
      if (twice !== undefined && twice.rows.length > 0) {
        throw invalidQuery('UPDATE/MERGE must match at most one source row for each target row');
      }
      return runSql(warehouse.engine, sql, signal);
    });
    return { ...outcome(statementType), affectedRows: Number(rows[0]?.[0] ?? 0) };
  }
  const define = DEFINITIONS[part.kind];
  if (define === undefined) throw unsupported(`the statement ${label(part.kind)}`);
  if (dryRun) return outcome(label(part.kind).replaceAll(' ', '_'));
  return outcome(await define(warehouse, { part, source: query.query, translator, resolver }));
}

/** @throws BigQueryError notFound, or invalidQuery for a view */
function writable(warehouse: Warehouse, reference: TableReference): { reference: TableReference; sql: string } {
  const { type } = warehouse.catalog.table(reference);
  if (type !== 'TABLE') throw invalidQuery(`${tableName(reference)} is a ${type}: DML changes tables only`);
  return { reference, sql: duckdbTable(reference) };
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
