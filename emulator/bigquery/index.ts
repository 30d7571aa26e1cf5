import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Engine } from './engine/duckdb.ts';
import { createApp } from './server/app.ts';
import { Warehouse } from './warehouse.ts';

export interface BigQueryServer {
  /** `http://host:port`, as BIGQUERY_EMULATOR_HOST takes it. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

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
  const listener = getRequestListener(createApp(warehouse).fetch);
  const http = createServer((request, response) => void listener(request, response));
  http.listen(port, host);
  await once(http, 'listening');
  const bound = (http.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    async close() {
      const closed = once(http, 'close');
      http.close();
      http.closeAllConnections();
      await closed;
      warehouse.close();
    },
  };
}
