import {
  duckdbTable,
  type Catalog,
  type DatasetReference,
  type Table,
  type TableReference,
} from '../catalog/catalog.ts';
import { BigQueryError, invalidQuery, unsupported } from '../errors.ts';
import { Translator } from './translator.ts';
import type { ResolvedTable } from './context.ts';
import { informationSchema } from './information-schema.ts';
import { parseStatement } from './parse.ts';
import type { QueryParameters } from './parameters.ts';

/** Where names without a project or a dataset belong. */
export interface Defaults {
  projectId: string;
  dataset: DatasetReference | undefined;
}

const MAX_VIEW_DEPTH = 16;

/**
 * A table's name as a reference.
 *
 * @throws BigQueryError invalidQuery for one without a dataset where there is no default
 */
function tableReference(path: readonly string[], { projectId, dataset }: Defaults): TableReference {
  const [first = '', second, third] = path;
  if (path.length > 3) throw invalidQuery(`Invalid table name: ${path.join('.')}`);
  if (third !== undefined) return { projectId: first, datasetId: second ?? '', tableId: third };
  if (second !== undefined) return { projectId, datasetId: first, tableId: second };
  if (dataset === undefined)
    throw invalidQuery(`Table "${first}" must be qualified with a dataset (e.g. dataset.table).`);
  return { ...dataset, tableId: first };
}

/** Finds the tables of FROM clauses: DuckDB's table for a table, its query for a view. */
export class TableResolver {
  readonly #catalog: Catalog;
  readonly #defaults: Defaults;
  readonly #depth: number;
  /** Every table that was met, views and what is behind them. */
  readonly referenced: Map<string, Table>;

  constructor(catalog: Catalog, defaults: Defaults, depth = 0, referenced = new Map<string, Table>()) {
    this.#catalog = catalog;
    this.#defaults = defaults;
    this.#depth = depth;
    this.referenced = referenced;
  }

  /** The table that a statement names as its own, whether it exists or not. */
  reference(path: readonly string[]): TableReference {
    return tableReference(path, this.#defaults);
  }

  /** @throws BigQueryError notFound or invalidQuery */
  resolve(path: readonly string[]): ResolvedTable {
    const at = path.findIndex((name) => name.toUpperCase() === 'INFORMATION_SCHEMA');
    if (at >= 0) return informationSchema(this.#catalog, path.slice(0, at), path.slice(at + 1), this.#defaults);
    if (path.at(-1)?.includes('*') === true) throw unsupported(`the wildcard table ${path.join('.')}`);
    const reference = tableReference(path, this.#defaults);
    const table = this.#catalog.table(reference);
    this.referenced.set(JSON.stringify(reference), table);
    if (table.query === undefined) return { sql: duckdbTable(reference), name: reference.tableId };
    if (this.#depth >= MAX_VIEW_DEPTH) {
      throw new BigQueryError(
        'invalidQuery',
        `Too many nested views at ${reference.tableId}: the maximum is ${MAX_VIEW_DEPTH}.`,
        'query',
      );
    }
    const defaults = { projectId: reference.projectId, dataset: undefined };
    const inner = new TableResolver(this.#catalog, defaults, this.#depth + 1, this.referenced);
    return { sql: `(${inner.translateQuery(table.query)})`, name: reference.tableId };
  }

  /**
   * DuckDB SQL of a query.
   *
   * @throws BigQueryError invalidQuery, notFound
   */
  translateQuery(source: string, parameters?: QueryParameters): string {
    const { node, literals } = parseStatement(source);
    return this.translator(literals, parameters).query(node);
  }

  translator(literals: readonly (string | Buffer)[], parameters?: QueryParameters): Translator {
    return new Translator(literals, (path) => this.resolve(path), parameters);
  }
}
