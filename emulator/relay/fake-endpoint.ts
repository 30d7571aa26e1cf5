import { serve } from '@hono/node-server';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** An HTTP server of a test's own. */
export interface FakeEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** For tests: serves `answer` on a free port. */
export async function startEndpoint(answer: (request: Request) => Response | Promise<Response>): Promise<FakeEndpoint> {
  const server = serve({ fetch: answer, hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
