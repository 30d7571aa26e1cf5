import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { OidcSigner } from '#emulator/oidc/signer.ts';

/** Answers a path with JSON. */
type Route = (request: IncomingMessage) => Promise<object>;

/**
 * What the server says over HTTP/1: the keys that its OIDC tokens are verified with, where Google has them, and at all other
 * paths the API.
 */
export function createHttpListener(signer: OidcSigner, restApi: RequestListener): RequestListener {
  const routes = new Map<string, Route>([
    ['GET /', () => Promise.resolve({ status: 'OK' })],
    ['GET /oauth2/v1/certs', () => signer.certificates()],
    ['GET /oauth2/v3/certs', () => signer.jwks()],
  ]);
  return (request, response) => {
    const { method = '', url = '' } = request;
    const route = routes.get(`${method} ${url.split('?')[0]}`);
    if (!route) {
      restApi(request, response);
      return;
    }
    route(request).then(
      (body) => send(response, 200, body, { 'cache-control': 'public, max-age=3600' }),
      () => send(response, 500, { error: { code: 500, message: 'Internal error.', status: 'INTERNAL' } }),
    );
  };
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
  response.end(text);
}
