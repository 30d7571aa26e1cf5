import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { duckdbTable, type TableReference } from '../catalog/catalog.ts';
import type { Engine } from '../engine/duckdb.ts';
import { RecentInsertIds } from './recent-insert-ids.ts';

/** Appends rows to one table over a connection of its own. Readers see all rows of an `append` or none. */
export class TableWriter {
  readonly insertIds = new RecentInsertIds();
  readonly #connection: DuckDBConnection;
  readonly #appender: DuckDBAppender;

  private constructor(connection: DuckDBConnection, appender: DuckDBAppender) {
    this.#connection = connection;
    this.#appender = appender;
  }

  static async open(engine: Engine, reference: TableReference): Promise<TableWriter> {
    const connection = await engine.connect();
    // duckdbTable quotes both names; the appender takes them as they are.
    const [schema, table] = unquoted(duckdbTable(reference));
    return new TableWriter(connection, await connection.createAppender(table, schema));
  }

  append(rows: readonly (readonly DuckDBValue[])[]): void {
    const types = rows[0]?.map((_, i) => this.#appender.columnType(i)) ?? [];
    for (const row of rows) {
      for (const [i, value] of row.entries()) {
        const type = types[i];
        if (value === null) this.#appender.appendNull();
        else if (typeof value === 'string') this.#appender.appendVarchar(value);
        else this.#appender.appendValue(value, type);
      }
      this.#appender.endRow();
    }
    this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
    this.#connection.closeSync();
  }
}

function unquoted(qualified: string): [schema: string, table: string] {
  const match = /^"((?:[^"]|"")*)"\."((?:[^"]|"")*)"$/.exec(qualified);
  if (match === null) throw new Error(`not a qualified name: ${qualified}`);
  const plain = (quoted: string | undefined): string => (quoted ?? '').replaceAll('""', '"');
  return [plain(match[1]), plain(match[2])];
}
