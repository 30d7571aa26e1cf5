import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Clock } from '../clock/clock.ts';
import { SECOND_MS } from '../protocol/duration.ts';
import { StatusError } from '../protocol/status.ts';
import type { Call } from '../rpc.ts';
import type { UnaryRpc } from '../server/unary-rpc.ts';
import { errorBody } from './error-body.ts';
import { readBody } from './read-body.ts';
import { createRouter, type Router } from './router.ts';
import { decodeResponse, encodeRequest, stringify } from './transcode.ts';

export interface RestApiOptions {
  readonly rpcs: readonly UnaryRpc[];
  readonly clock: Clock;
  /** Is told of faults of the server itself. */
  readonly log: (message: string) => void;
}

/**
 * The API over HTTP/1 and JSON, by the URLs that its definition annotates its RPCs with. It only translates: what an RPC
 * does is the same as over gRPC.
 * @see https://cloud.google.com/pubsub/docs/reference/rest
 */
export function createRestApi({ rpcs, clock, log }: RestApiOptions): RequestListener {
  const route = createRouter(rpcs);

  return (request, response) => {
    const { url = '', method = '' } = request;
    const [path = '', ...search] = url.split('?');
    const query = new URLSearchParams(search.join('?'));
    const onAnswered: (() => void)[] = [];
    call(route, path, query, request, describe(request, response, clock, onAnswered))
      .then((body) => send(request, response, 200, body))
      .catch((error: unknown) => {
        // There is nobody left to answer.
        if (request.destroyed && !request.complete) return;
        if (!(error instanceof StatusError))
          log(`${method} ${path} failed: ${(error as Error).stack ?? String(error)}`);
        const body = errorBody(error);
        send(request, response, body.error.code, stringify(body, query));
      })
      .finally(() => onAnswered.forEach((run) => run()));
  };
}

async function call(
  route: Router,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  caller: Call,
): Promise<string> {
  const match = route(request.method ?? '', path);
  if (!match) throw new StatusError('NOT_FOUND', 'Method not found.');
  const contentType = request.headers['content-type'] ?? '';
  const encoded = encodeRequest(match, { query, contentType, body: await readBody(request) });
  const { rpc } = match;
  return decodeResponse(rpc.responseType, await rpc.invoke(encoded, caller), query);
}

/** Google's clients say in a header of theirs for how many seconds they wait. */
function describe(request: IncomingMessage, response: ServerResponse, clock: Clock, onAnswered: (() => void)[]): Call {
  const timeoutSeconds = Number(request.headers['x-server-timeout'] ?? Number.NaN);
  return {
    deadlineMs: timeoutSeconds > 0 ? clock.now() + timeoutSeconds * SECOND_MS : Number.POSITIVE_INFINITY,
    onCancelled(run) {
      response.once('close', () => {
        if (!response.writableEnded) run();
      });
    },
    onAnswered: (run) => void onAnswered.push(run),
  };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=UTF-8');
  // Of a body that was refused half-way, the rest would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.end(body);
  request.resume();
}
