import { type Agent, request as httpRequest } from 'node:http';

/** What became of one request: an answer, or the error of its connection. */
export type PostOutcome =
  | { readonly status: number; readonly connection: string | undefined; readonly body: string }
  | { readonly errorCode: string };

/** A request under way. */
export interface Post {
  /** Resolves when all of it is handed to the operating system. */
  readonly sent: Promise<void>;
  /** Never rejects. */
  readonly outcome: Promise<PostOutcome>;
}

/** Posts `body` as JSON over a connection of `agent`. Never tries again, as `fetch` would on some errors. */
export function post(url: string, apiKey: string, body: unknown, agent: Agent): Post {
  const sent = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<PostOutcome>();
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const request = httpRequest(`${url}/v1/events`, { method: 'POST', headers, agent }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.once('error', (error: NodeJS.ErrnoException) => outcome.resolve({ errorCode: error.code ?? '' }));
    response.once('end', () =>
      outcome.resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body: text }),
    );
  });
  request.once('finish', () => sent.resolve());
  request.once('error', (error: NodeJS.ErrnoException) => {
    sent.resolve();
    outcome.resolve({ errorCode: error.code ?? '' });
  });
  request.end(JSON.stringify(body));
  return { sent: sent.promise, outcome: outcome.promise };
}
