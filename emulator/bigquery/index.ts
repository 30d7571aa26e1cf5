import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';
import { Engine } from './engine/duckdb.ts';
import { createApp } from './server/app.ts';
import { Warehouse } from './warehouse.ts';

/** `url` is as BIGQUERY_EMULATOR_HOST takes it. */
export type BigQueryServer = HttpServer;

export interface BigQueryOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What DuckDB may use before it fails a query, such as `1GB`. */
  memoryLimit?: string;
  /** How many cores one query may use. */
  threads?: number;
}

/** Starts BigQuery's REST interface over a DuckDB in memory: what is stored is gone when the process is. */
export async function startBigQuery(options: BigQueryOptions): Promise<BigQueryServer> {
  const { host, port, memoryLimit = '1GB', threads = 2 } = options;
  const warehouse = new Warehouse(await Engine.create({ memoryLimit, threads }));
  const server = await serveHttp(createApp(warehouse).fetch, { host, port });
  return {
    ...server,
    async close() {
      await server.close();
      warehouse.close();
    },
  };
}
