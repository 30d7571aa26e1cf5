import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * `open`: every byte goes on. `refusing`: connections end, and new ones do at once, as when nobody listens. `silent`: nothing
 * goes on in either direction, as when a network is cut; what was sent meanwhile arrives when it is open again.
 */
export type ProxyMode = 'open' | 'refusing' | 'silent';

/** Stands between a client and a server, and does to their connections what networks do. */
export interface TcpProxy {
  /** `host:port` */
  readonly address: string;
  set(mode: ProxyMode): void;
  /** What arrives from now on goes on to the server so much later. */
  delayBy(ms: number): void;
  close(): Promise<void>;
}

/** @param target `host:port` */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host = '', port] = target.split(':');
  const sockets = new Set<Socket>();
  let mode: ProxyMode = 'open';
  let delayMs = 0;
  let opened = Promise.withResolvers<void>();

  /** Keeps the order of the chunks, and delays each of them by itself. */
  const forward = (from: Socket, to: Socket, latencyMs: () => number): void => {
    let written: Promise<unknown> = Promise.resolve();
    from.on('data', (chunk) => {
      const due = delay(latencyMs());
      written = Promise.all([written, due])
        .then(() => (mode === 'silent' ? opened.promise : undefined))
        .then(() => to.write(chunk));
    });
    from.once('end', () => {
      written = written.then(() => to.end());
    });
    from.once('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('error', () => to.destroy());
    sockets.add(from);
  };

  const server = createServer({ noDelay: true }, (client) => {
    if (mode === 'refusing') {
      client.destroy();
      return;
    }
    const upstream = connect({ host, port: Number(port), noDelay: true });
    forward(client, upstream, () => delayMs);
    forward(upstream, client, () => 0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const end = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next) => {
      mode = next;
      opened.resolve();
      if (mode === 'silent') opened = Promise.withResolvers<void>();
      if (mode === 'refusing') end();
    },
    delayBy: (ms) => (delayMs = ms),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      opened.resolve();
      end();
      await closed;
    },
  };
}
