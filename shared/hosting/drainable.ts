import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextPass } from 'node:timers/promises';

export interface DrainOptions {
  /**
   * How long connections on which nothing is asked stay open. A client that reuses one of them in that time is answered,
   * and told to close it; one closed under a client's hands would fail a request that was already on its way.
   */
  readonly graceMs: number;
  /** After this long, what is still in flight is cut off. */
  readonly deadlineMs: number;
}

export interface Drainable {
  /**
   * Stops accepting connections and resolves once every request in flight has been answered, or at the deadline.
   * @returns the number of requests that were cut off.
   */
  readonly drain: (options: DrainOptions) => Promise<number>;
}

/**
 * Closing a listening socket resets the connections that the kernel has accepted and we have not. It is closed right after
 * a pass of the event loop that found none and took less than this.
 */
const QUIET_MS = 1;
/** A quiet pass is waited for no longer than this. */
const QUIET_WITHIN_MS = 500;

/** Follows the requests of a server, so that it can be drained. To be called before the server has its first request. */
export function drainable(server: Server): Drainable {
  const inFlight = new Set<ServerResponse>();
  let onAnswered: (() => void) | undefined;
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    inFlight.add(response);
    if (onAnswered !== undefined) closeAfterwards(response);
    response.once('close', () => {
      inFlight.delete(response);
      onAnswered?.();
    });
  });

  async function drain({ graceMs, deadlineMs }: DrainOptions): Promise<number> {
    const allAnswered = Promise.withResolvers<void>();
    const deadline = setTimeout(allAnswered.resolve, deadlineMs);
    let graceIsOver = false;
    onAnswered = () => {
      if (graceIsOver && inFlight.size === 0) allAnswered.resolve();
    };
    for (const response of inFlight) closeAfterwards(response);
    const handOver = holdConnections(server);
    await quietPass(handOver.held);
    const closed = stopListening(server).then(allAnswered.resolve);
    handOver.letGo();
    // Only now: what those who were held ask is still to be read.
    const grace = setTimeout(() => {
      graceIsOver = true;
      onAnswered?.();
    }, graceMs);

    await allAnswered.promise;
    clearTimeout(deadline);
    clearTimeout(grace);
    const cutOff = inFlight.size;
    server.closeAllConnections();
    server.close();
    await closed;
    return cutOff;
  }

  return { drain };
}

function closeAfterwards(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

/** Keeps new connections from being served: what they ask would keep the event loop from looking for the next ones. */
function holdConnections(server: Server): { readonly held: readonly Socket[]; readonly letGo: () => void } {
  const held: Socket[] = [];
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  const hold = (socket: Socket): void => {
    // One that is reset while nobody listens to it would end the process.
    socket.on('error', () => undefined);
    held.push(socket);
  };
  server.removeAllListeners('connection').on('connection', hold);
  const letGo = (): void => {
    server.off('connection', hold);
    for (const listener of listeners) server.on('connection', listener);
    for (const socket of held) if (!socket.destroyed) server.emit('connection', socket);
  };
  return { held, letGo };
}

/** Resolves right after the event loop has looked for connections, found none, and had little else to do. */
async function quietPass(accepted: readonly Socket[]): Promise<void> {
  const until = performance.now() + QUIET_WITHIN_MS;
  await nextPass();
  for (let startedAt = performance.now(); startedAt < until; startedAt = performance.now()) {
    const before = accepted.length;
    await nextPass();
    if (accepted.length === before && performance.now() - startedAt < QUIET_MS) return;
  }
}

/** `http.Server.close` would close idle connections at once, and with them requests that are already on their way. */
function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}
