import { createHash } from 'node:crypto';
import { BigQueryError } from '../errors.ts';
import { quoteIdentifier, type Field } from './schema.ts';

export interface DatasetReference {
  projectId: string;
  datasetId: string;
}

export interface TableReference extends DatasetReference {
  tableId: string;
}

/** What a client sent of a resource and gets back as it was, beside the fields that this server sets. */
export type Metadata = Record<string, unknown>;

export interface Table {
  reference: TableReference;
  type: 'TABLE' | 'VIEW' | 'MATERIALIZED_VIEW';
  fields: Field[];
  /** GoogleSQL of a view. */
  query?: string;
  metadata: Metadata;
  createdMs: number;
  modifiedMs: number;
}

export interface Dataset {
  reference: DatasetReference;
  metadata: Metadata;
  tables: Map<string, Table>;
  createdMs: number;
  modifiedMs: number;
}

const DATASET_ID = /^[A-Za-z0-9_]{1,1024}$/;
const TABLE_ID = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,1024}$/u;

/** The datasets and tables that exist: their names and metadata. The rows are DuckDB's. */
export class Catalog {
  readonly #datasets = new Map<string, Dataset>();

  datasets(projectId: string): Dataset[] {
    return [...this.#datasets.values()]
      .filter(({ reference }) => reference.projectId === projectId)
      .sort((a, b) => (a.reference.datasetId < b.reference.datasetId ? -1 : 1));
  }

  /** @throws BigQueryError notFound */
  dataset(reference: DatasetReference): Dataset {
    const found = this.#datasets.get(datasetName(reference));
    if (found === undefined) throw new BigQueryError('notFound', `Not found: Dataset ${datasetName(reference)}`);
    return found;
  }

  /** @throws BigQueryError duplicate or invalid */
  createDataset(reference: DatasetReference, metadata: Metadata, nowMs: number): Dataset {
    if (!DATASET_ID.test(reference.datasetId)) {
      throw new BigQueryError(
        'invalid',
        `Invalid dataset ID "${reference.datasetId}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
      );
    }
    const name = datasetName(reference);
    if (this.#datasets.has(name)) throw new BigQueryError('duplicate', `Already Exists: Dataset ${name}`);
    const dataset = { reference, metadata, tables: new Map<string, Table>(), createdMs: nowMs, modifiedMs: nowMs };
    this.#datasets.set(name, dataset);
    return dataset;
  }

  deleteDataset(reference: DatasetReference): void {
    this.#datasets.delete(datasetName(reference));
  }

  /** @throws BigQueryError notFound */
  table(reference: TableReference): Table {
    const found = this.dataset(reference).tables.get(reference.tableId);
    if (found === undefined) throw new BigQueryError('notFound', `Not found: Table ${tableName(reference)}`);
    return found;
  }

  findTable(reference: TableReference): Table | undefined {
    return this.#datasets.get(datasetName(reference))?.tables.get(reference.tableId);
  }

  /** @throws BigQueryError duplicate, notFound or invalid */
  assertTableCanBeMade(reference: TableReference): void {
    if (!TABLE_ID.test(reference.tableId)) {
      throw new BigQueryError('invalid', `Invalid table ID "${reference.tableId}".`);
    }
    if (this.dataset(reference).tables.has(reference.tableId)) {
      throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(reference)}`);
    }
  }

  putTable(table: Table): void {
    this.dataset(table.reference).tables.set(table.reference.tableId, table);
  }

  deleteTable(reference: TableReference): void {
    this.dataset(reference).tables.delete(reference.tableId);
  }
}

/** `project:dataset`, as messages name it. */
export function datasetName({ projectId, datasetId }: DatasetReference): string {
  return `${projectId}:${datasetId}`;
}

/** `project:dataset.table`, as messages name it. */
export function tableName(reference: TableReference): string {
  return `${datasetName(reference)}.${reference.tableId}`;
}

/** The DuckDB schema that holds a dataset's tables. */
export function duckdbSchema({ projectId, datasetId }: DatasetReference): string {
  return quoteIdentifier(`${projectId}.${datasetId}`);
}

/**
 * The DuckDB table that holds a table's rows. DuckDB knows no case in names and BigQuery does: an id with capitals carries
 * a digest of itself.
 */
export function duckdbTable(reference: TableReference): string {
  return `${duckdbSchema(reference)}.${duckdbTableId(reference)}`;
}

/** The same without the schema. */
export function duckdbTableId({ tableId }: TableReference): string {
  const digest = createHash('sha256').update(tableId).digest('hex').slice(0, 12);
  const stored = tableId === tableId.toLowerCase() ? tableId : `${tableId}#${digest}`;
  return quoteIdentifier(stored);
}
