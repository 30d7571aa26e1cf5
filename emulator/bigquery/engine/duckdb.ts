import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { PRELUDE } from './prelude.ts';

/** Connections that run queries side by side; DuckDB spreads each over the cores as it is. */
const MAX_IDLE_CONNECTIONS = 8;

/**
 * DuckDB in this process. Nothing outside can be reached from SQL: no files, no extensions, and no setting can be changed
 * back. That is the second wall; the first is that only SQL this server wrote itself gets here.
 */
export class Engine {
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[] = [];
  readonly #queues = new Map<string, Promise<unknown>>();

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async create({ memoryLimit, threads }: { memoryLimit: string; threads: number }): Promise<Engine> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: memoryLimit,
      threads: String(threads),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      enable_external_access: 'false',
      preserve_insertion_order: 'true',
    });
    const engine = new Engine(instance);
    await engine.use(async (connection) => {
      await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
      for (const statement of PRELUDE) await connection.run(statement);
      await connection.run('SET lock_configuration = true');
    });
    return engine;
  }

  /** Runs `work` on a connection of its own, given back afterwards. */
  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#instance.connect());
    try {
      return await work(connection);
    } finally {
      if (this.#idle.length < MAX_IDLE_CONNECTIONS) this.#idle.push(connection);
      else connection.closeSync();
    }
  }

  /** A connection that the caller keeps and closes. */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  async run(sql: string): Promise<void> {
    await this.use((connection) => connection.run(sql));
  }

  /**
   * Runs writers of one table one after another: DuckDB would answer a conflict where BigQuery queues.
   */
  async exclusively<T>(table: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(table) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#queues.set(table, settled);
    try {
      return await mine;
    } finally {
      if (this.#queues.get(table) === settled) this.#queues.delete(table);
    }
  }

  close(): void {
    for (const connection of this.#idle) connection.closeSync();
    this.#instance.closeSync();
  }
}
