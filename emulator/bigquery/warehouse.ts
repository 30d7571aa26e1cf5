import { randomUUID } from 'node:crypto';
import {
  Catalog,
  datasetName,
  duckdbSchema,
  duckdbTable,
  duckdbTableId,
  tableName,
  type Dataset,
  type DatasetReference,
  type Metadata,
  type Table,
  type TableReference,
} from './catalog/catalog.ts';
import { duckdbType, parseFields, quoteIdentifier, type Field } from './catalog/schema.ts';
import type { Engine } from './engine/duckdb.ts';
import { describe, runSql } from './engine/run.ts';
import { BigQueryError } from './errors.ts';
import { judgeRows, type InsertAllRequest, type InsertError } from './insert-all/insert-all.ts';
import { TableWriter } from './insert-all/table-writer.ts';
import { TableResolver } from './sql/resolve.ts';

/** All datasets of all projects: what is there, and the rows. */
export class Warehouse {
  readonly catalog = new Catalog();
  readonly engine: Engine;
  readonly #writers = new Map<string, TableWriter>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  async createDataset(reference: DatasetReference, metadata: Metadata): Promise<Dataset> {
    const dataset = this.catalog.createDataset(reference, metadata, Date.now());
    await this.engine.run(`CREATE SCHEMA ${duckdbSchema(reference)}`);
    return dataset;
  }

  /** @throws BigQueryError resourceInUse where there are tables and `deleteContents` is false */
  async deleteDataset(reference: DatasetReference, deleteContents: boolean): Promise<void> {
    const dataset = this.catalog.dataset(reference);
    if (dataset.tables.size > 0 && !deleteContents) {
      throw new BigQueryError('resourceInUse', `Dataset ${datasetName(reference)} is still in use`);
    }
    for (const table of dataset.tables.values()) await this.deleteTable(table.reference);
    this.catalog.deleteDataset(reference);
    await this.engine.run(`DROP SCHEMA ${duckdbSchema(reference)} CASCADE`);
  }

  /**
   * Makes a table, a view or a materialized view (which is kept as a view) of a table resource.
   *
   * @throws BigQueryError duplicate, invalid, invalidQuery or notFound
   */
  async createTable(reference: TableReference, resource: Metadata): Promise<Table> {
    this.catalog.assertTableCanBeMade(reference);
    const nowMs = Date.now();
    const base = { reference, metadata: resource, createdMs: nowMs, modifiedMs: nowMs };
    const view = viewQuery(resource);
    if (view !== undefined) {
      const fields = await this.#viewFields(reference, view.query, resource['schema']);
      const table: Table = { ...base, type: view.type, fields, query: view.query };
      this.catalog.assertTableCanBeMade(reference);
      this.catalog.putTable(table);
      return table;
    }
    const fields = parseFields((resource['schema'] as { fields?: unknown } | undefined)?.fields);
    const table: Table = { ...base, type: 'TABLE', fields };
    this.catalog.putTable(table);
    if (fields.length > 0) await this.engine.run(createTableSql(table));
    return table;
  }

  /**
   * Makes a table in the place of one of that name, if there is one, with the rows of a query in DuckDB's SQL, which may
   * read the table that goes.
   */
  async replaceTable(
    reference: TableReference,
    resource: Metadata,
    filled?: { source: string; columns: readonly Field[] },
  ): Promise<void> {
    const fields = parseFields((resource['schema'] as { fields?: unknown } | undefined)?.fields);
    if (filled !== undefined && filled.columns.length !== fields.length) {
      throw new BigQueryError(
        'invalid',
        `The query has ${filled.columns.length} columns and the table ${fields.length}.`,
      );
    }
    this.catalog.dataset(reference);
    await this.exclusively(reference, async () => {
      const nowMs = Date.now();
      const staging = { ...reference, tableId: `new ${randomUUID()}` };
      await this.engine.run(createTableSql({ reference: staging, fields }));
      try {
        if (filled !== undefined) await runSql(this.engine, fillSql(duckdbTable(staging), fields, filled));
        await this.engine.run(`DROP TABLE IF EXISTS ${duckdbTable(reference)}`);
        await this.engine.run(`ALTER TABLE ${duckdbTable(staging)} RENAME TO ${duckdbTableId(reference)}`);
      } catch (error) {
        await this.engine.run(`DROP TABLE IF EXISTS ${duckdbTable(staging)}`);
        throw error;
      }
      this.catalog.putTable({
        reference,
        type: 'TABLE',
        fields,
        metadata: resource,
        createdMs: nowMs,
        modifiedMs: nowMs,
      });
    });
  }

  /** Replaces what the resource says; columns may be added and REQUIRED may be relaxed. */
  async updateTable(reference: TableReference, resource: Metadata): Promise<Table> {
    const table = this.catalog.table(reference);
    const view = viewQuery(resource);
    const raw = (resource['schema'] as { fields?: unknown } | undefined)?.fields;
    if (view !== undefined && table.query !== undefined) {
      const fields =
        view.query === table.query ? table.fields : await this.#viewFields(reference, view.query, undefined);
      Object.assign(table, { fields, query: view.query });
    } else if (raw !== undefined && table.query === undefined) {
      await this.exclusively(reference, () => this.#changeColumns(table, parseFields(raw)));
    }
    table.metadata = resource;
    table.modifiedMs = Date.now();
    return table;
  }

  async deleteTable(reference: TableReference): Promise<void> {
    const table = this.catalog.table(reference);
    await this.exclusively(reference, async () => {
      this.catalog.deleteTable(reference);
      if (table.type === 'TABLE') await this.engine.run(`DROP TABLE IF EXISTS ${duckdbTable(reference)}`);
    });
  }

  /** Appends rows. Those with an `insertId` that the table got within the last minute are left out as duplicates. */
  async insertAll(reference: TableReference, request: InsertAllRequest): Promise<InsertError[]> {
    const table = this.catalog.table(reference);
    if (table.type !== 'TABLE') {
      throw new BigQueryError('invalid', `Cannot add rows to a table of type ${table.type}: ${tableName(reference)}`);
    }
    if (table.fields.length === 0) throw new BigQueryError('invalid', 'The destination table has no schema.');
    const { rows, insertErrors } = judgeRows(request, table.fields);
    if (rows.length === 0) return insertErrors;
    const key = writerKey(reference);
    await this.engine.exclusively(key, async () => {
      this.catalog.table(reference);
      const writer = this.#writers.get(key) ?? (await TableWriter.open(this.engine, reference));
      this.#writers.set(key, writer);
      const nowMs = Date.now();
      const fresh = rows.filter(({ insertId }) => insertId === undefined || writer.insertIds.add(insertId, nowMs));
      if (fresh.length > 0) writer.append(fresh.map(({ values }) => values));
    });
    return insertErrors;
  }

  /** Runs a writer of the table when no other runs, with no appender open on it. */
  exclusively<T>(reference: TableReference, work: () => Promise<T>): Promise<T> {
    const key = writerKey(reference);
    return this.engine.exclusively(key, async () => {
      this.#writers.get(key)?.close();
      this.#writers.delete(key);
      return work();
    });
  }

  close(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.engine.close();
  }

  async #viewFields(reference: TableReference, query: string, schema: unknown): Promise<Field[]> {
    const defaults = { projectId: reference.projectId, dataset: undefined };
    const fields = await describe(this.engine, new TableResolver(this.catalog, defaults).translateQuery(query));
    // A schema given with a view describes its columns; what they are, the query decides.
    const given = new Map(
      parseFields((schema as { fields?: unknown } | undefined)?.fields).map((field) => [
        field.name.toLowerCase(),
        field,
      ]),
    );
    return fields.map((field) => {
      const description = given.get(field.name.toLowerCase())?.description;
      return description === undefined ? field : { ...field, description };
    });
  }

  async #changeColumns(table: Table, fields: Field[]): Promise<void> {
    const name = duckdbTable(table.reference);
    if (table.fields.length === 0) {
      table.fields = fields;
      await this.engine.run(createTableSql(table));
      return;
    }
    const statements: string[] = [];
    const wanted = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
    for (const field of table.fields) {
      const next = wanted.get(field.name.toLowerCase());
      if (
        next === undefined ||
        duckdbType(next) !== duckdbType(field) ||
        (next.mode === 'REQUIRED' && field.mode !== 'REQUIRED')
      ) {
        throw new BigQueryError(
          'invalid',
          `Provided Schema does not match Table ${tableName(table.reference)}. Field ${field.name} is missing in new schema or has changed type or mode`,
        );
      }
      if (field.mode === 'REQUIRED' && next.mode !== 'REQUIRED') {
        statements.push(`ALTER TABLE ${name} ALTER COLUMN ${quoteIdentifier(field.name)} DROP NOT NULL`);
      }
    }
    const known = new Set(table.fields.map((field) => field.name.toLowerCase()));
    const added = fields.filter((field) => !known.has(field.name.toLowerCase()));
    for (const field of added) {
      if (field.mode === 'REQUIRED') {
        throw new BigQueryError('invalid', `Cannot add required columns to an existing schema: ${field.name}`);
      }
      statements.push(`ALTER TABLE ${name} ADD COLUMN ${quoteIdentifier(field.name)} ${duckdbType(field)}`);
    }
    for (const statement of statements) await this.engine.run(statement);
    // The stored order is DuckDB's: what is new comes last.
    table.fields = [...table.fields.map((field) => wanted.get(field.name.toLowerCase()) ?? field), ...added];
  }
}

function createTableSql({ reference, fields }: Pick<Table, 'reference' | 'fields'>): string {
  const columns = fields.map((field) => {
    const required = field.mode === 'REQUIRED' ? ' NOT NULL' : '';
    return `${quoteIdentifier(field.name)} ${duckdbType(field)}${required}`;
  });
  return `CREATE TABLE ${duckdbTable(reference)} (${columns.join(', ')})`;
}

/** Each column is cast to what the table says. */
function fillSql(
  target: string,
  fields: readonly Field[],
  { source, columns }: { source: string; columns: readonly Field[] },
): string {
  const values = fields.map((field, i) => `CAST("c${i}" AS ${duckdbType(field)})`);
  const names = columns.map((_, i) => `"c${i}"`);
  return `INSERT INTO ${target} SELECT ${values.join(', ')} FROM (${source}) AS "source"(${names.join(', ')})`;
}

function viewQuery(resource: Metadata): { type: 'VIEW' | 'MATERIALIZED_VIEW'; query: string } | undefined {
  for (const [key, type] of [
    ['view', 'VIEW'],
    ['materializedView', 'MATERIALIZED_VIEW'],
  ] as const) {
    const query = (resource[key] as { query?: unknown } | undefined)?.query;
    if (typeof query === 'string') return { type, query };
  }
  return undefined;
}

function writerKey(reference: TableReference): string {
  return duckdbTable(reference);
}
