import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { problemResponse } from '#shared/errors/problem.ts';
import { Refusal, toRefusal } from '#shared/errors/refusals.ts';
import type { FetchApp } from './fetch-app.ts';

/**
 * `app` as a listener of `node:http`. What the application did not answer itself is answered as a problem: a request that
 * could not even be handed to it, or one that made it throw.
 */
export function requestListener(app: FetchApp): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = getRequestListener((request) => app.fetch(request), { errorHandler: answerOf });
  return (request, response) => void listener(request, response);
}

function answerOf(error: unknown): Response {
  const refusal = error instanceof RequestError ? new Refusal('malformed_request', { detail: error.message }) : error;
  return problemResponse(toRefusal(refusal));
}
