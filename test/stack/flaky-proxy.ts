import { serve } from '@hono/node-server';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Stands between Pub/Sub and `decide`, and fails some of the calls. */
export interface FlakyProxy {
  readonly url: string;
  calls(): number;
  failed(): number;
  close(): Promise<void>;
}

const DEADLINE_MS = 60_000;

/**
 * Hands each call on to `target`, but answers every tenth with 500: by turns before `decide` saw it, and after `decide`
 * did its work (so that Pub/Sub delivers again what was already decided).
 */
export async function startFlakyProxy(target: string): Promise<FlakyProxy> {
  let calls = 0;
  let failed = 0;
  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      calls++;
      const fails = calls % 10 === 0;
      if (fails) failed++;
      if (fails && failed % 2 === 0) return new Response(null, { status: 500 });
      const answer = await fetch(`${target}${new URL(request.url).pathname}`, {
        method: request.method,
        headers: request.headers,
        body: await request.arrayBuffer(),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      await answer.body?.cancel();
      return new Response(null, { status: fails ? 500 : answer.status });
    },
  });
  if (!server.listening) await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    failed: () => failed,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
