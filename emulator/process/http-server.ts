import { serve } from '@hono/node-server';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TIMEOUTS } from '#shared/hosting/timeouts.ts';

/** An HTTP server of this machine. */
export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Cuts the connections that are open. */
  close(): Promise<void>;
}

/** Serves `fetch`. Resolves when it listens; port 0 takes a free one. */
export async function serveHttp(
  fetch: (request: Request) => Response | Promise<Response>,
  { host = '127.0.0.1', port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<HttpServer> {
  // Clients close idle connections, not we: one that is closed just as it is used again fails a request.
  const { keepAliveTimeout } = TIMEOUTS;
  const server = serve({ fetch, hostname: host, port, serverOptions: { keepAliveTimeout } });
  if (!server.listening) await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
