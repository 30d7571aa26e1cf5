import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { problemResponse } from '#shared/errors/problem.ts';
import { Refusal, toRefusal } from '#shared/errors/refusals.ts';

/** What a host runs: any web-standard application. */
interface FetchApp {
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

export interface NodeHostOptions {
  readonly app: FetchApp;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

interface DrainOptions {
  /**
   * How long connections on which nothing is asked stay open. A client that reuses one of them in that time is answered,
   * and told to close it; one closed under a client's hands would fail a request that was already on its way.
   */
  readonly graceMs: number;
  /** After this long, what is still in flight is cut off. */
  readonly deadlineMs: number;
}

export interface NodeHost {
  /** `http://host:port`, with the port that was taken. */
  readonly url: string;
  /**
   * Stops accepting connections and resolves once every request in flight has been answered, or at the deadline.
   * @returns the number of requests that were cut off.
   */
  drain(options: DrainOptions): Promise<number>;
}

/** In milliseconds. */
const TIMEOUTS = {
  /** How long a client may take to send a whole request. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** Longer than load balancers keep an idle connection, so that they close it, not we. */
  keepAliveTimeout: 620_000,
};

/**
 * Serves `app` on `node:http`.
 *
 * @throws (rejects) when the address cannot be bound.
 */
export async function startNodeHost({ app, host, port }: NodeHostOptions): Promise<NodeHost> {
  const answer = getRequestListener(app.fetch, { errorHandler: answerOf });
  const server = createServer(TIMEOUTS, (request, response) => void answer(request, response));
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
  const bound = await listen(server, host, port);

  async function drain({ graceMs, deadlineMs }: DrainOptions): Promise<number> {
    const allAnswered = Promise.withResolvers<void>();
    const deadline = setTimeout(allAnswered.resolve, deadlineMs);
    let graceIsOver = false;
    onAnswered = () => {
      if (graceIsOver && inFlight.size === 0) allAnswered.resolve();
    };
    const grace = setTimeout(() => {
      graceIsOver = true;
      onAnswered?.();
    }, graceMs);
    const closed = stopListening(server).then(allAnswered.resolve);
    for (const response of inFlight) closeAfterwards(response);

    await allAnswered.promise;
    clearTimeout(deadline);
    clearTimeout(grace);
    const cutOff = inFlight.size;
    server.closeAllConnections();
    server.close();
    await closed;
    return cutOff;
  }

  return { url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`, drain };
}

/** What the application did not answer itself: a request that could not even be handed to it, or one that made it throw. */
function answerOf(error: unknown): Response {
  const refusal = error instanceof RequestError ? new Refusal('malformed_request', { detail: error.message }) : error;
  return problemResponse(toRefusal(refusal));
}

function closeAfterwards(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
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

/** `http.Server.close` would close idle connections at once, and with them requests that are already on their way. */
function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}
