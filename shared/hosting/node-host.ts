import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Drainable, drainable } from './drainable.ts';
import type { FetchApp } from './fetch-app.ts';
import { requestListener } from './request-listener.ts';
import { TIMEOUTS, type Timeouts } from './timeouts.ts';

export interface NodeHostOptions {
  readonly app: FetchApp;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly timeouts?: Timeouts;
}

export interface NodeHost extends Drainable {
  /** `http://host:port`, with the port that was taken. */
  readonly url: string;
}

/**
 * Serves `app` on `node:http`.
 *
 * @throws (rejects) when the address cannot be bound.
 */
export async function startNodeHost({ app, host, port, timeouts = TIMEOUTS }: NodeHostOptions): Promise<NodeHost> {
  const server = createServer(timeouts, requestListener(app));
  const { drain } = drainable(server);
  const bound = await listen(server, host, port);
  return { url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`, drain };
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server.address() as AddressInfo;
}
