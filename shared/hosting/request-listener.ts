import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { problemResponse } from '#shared/errors/problem.ts';
import { Refusal, toRefusal } from '#shared/errors/refusals.ts';
import type { FetchApp } from './fetch-app.ts';
import { repeatsHost } from './host-header.ts';

/**
 * `app` as a listener of `node:http`. What the application did not answer itself is answered as a problem: a request that
 * could not even be handed to it, or one that made it throw. One that names two hosts is not handed to it.
 */
export function requestListener(app: FetchApp): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = getRequestListener((request) => app.fetch(request), { errorHandler: answerOf });
  return (request, response) => {
    void (repeatsHost(request.rawHeaders) ? refuseRepeatedHost : listener)(request, response);
  };
}

const refuseRepeatedHost = getRequestListener(() =>
  problemResponse(
    new Refusal('malformed_request', { detail: 'More than one Host header.', headers: { connection: 'close' } }),
  ),
);

function answerOf(error: unknown): Response {
  const refusal = error instanceof RequestError ? new Refusal('malformed_request', { detail: error.message }) : error;
  return problemResponse(toRefusal(refusal));
}
