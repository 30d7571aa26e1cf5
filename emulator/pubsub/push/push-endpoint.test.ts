import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createOidcSigner } from '#emulator/oidc/signer.ts';
import { decodeJwt } from 'jose';
import type { PushConfig } from '../protocol/resources.ts';
import { pubsubMessage } from '../testing/harness.ts';
import { createPushEndpoint, type PushEndpoint } from './push-endpoint.ts';

const context = { subscription: 'projects/p/subscriptions/s', deliveryAttempt: 1 };
const signer = createOidcSigner(() => Date.now());
const open: { server: Server; endpoint: PushEndpoint }[] = [];

afterEach(() => {
  for (const { server, endpoint } of open.splice(0)) {
    endpoint.close();
    server.closeAllConnections();
    server.close();
  }
});

async function serve(
  onRequest: RequestListener,
  config: PushConfig = {},
  timeoutMs = 5000,
): Promise<{ endpoint: PushEndpoint; url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer(onRequest).on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push?token=t`;
  const endpoint = createPushEndpoint({ config: { ...config, pushEndpoint: url }, signer, timeoutMs });
  open.push({ server, endpoint });
  return { endpoint, url, connections: () => connections };
}

const answer =
  (status: number): RequestListener =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status).end();
  };

test.each([
  [200, true],
  [201, true],
  [202, true],
  [204, true],
  [203, false],
  [302, false],
  [400, false],
  [429, false],
  [500, false],
])('%i acknowledges: %o', async (status, acknowledged) => {
  const { endpoint } = await serve(answer(status));
  expect((await endpoint.deliver(pubsubMessage(), context)).acknowledged).toBe(acknowledged);
});

test('102 acknowledges, whatever follows', async () => {
  const { endpoint } = await serve((_, response) => {
    response.writeProcessing();
    setImmediate(() => response.writeHead(500).end());
  });
  expect(await endpoint.deliver(pubsubMessage(), context)).toEqual({ acknowledged: true });
});

test('it posts to the URL as configured, over a connection that is used again', async () => {
  const requests: { method?: string | undefined; url?: string | undefined; body: string }[] = [];
  const { endpoint, connections } = await serve((request, response) => {
    const { method, url } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ method, url, body: Buffer.concat(chunks).toString() });
      response.writeHead(204).end();
    });
  });
  for (let push = 0; push < 3; push++) await endpoint.deliver(pubsubMessage({ data: 'x' }), context);
  expect(requests).toHaveLength(3);
  expect(requests[0]).toMatchObject({ method: 'POST', url: '/push?token=t' });
  expect(requests[0]?.body).toContain('"data":"eA=="');
  expect(connections()).toBe(1);
});

test('the token stands for the service account, for the audience or else for the URL', async () => {
  const tokens: unknown[] = [];
  const record: RequestListener = (request, response) => {
    tokens.push(decodeJwt(request.headers.authorization?.replace('Bearer ', '') ?? ''));
    response.end();
  };
  const serviceAccountEmail = 'acme@p.iam.gserviceaccount.com';
  const first = await serve(record, { oidcToken: { serviceAccountEmail, audience: 'https://decide.example.com' } });
  await first.endpoint.deliver(pubsubMessage(), context);
  const second = await serve(record, { oidcToken: { serviceAccountEmail } });
  await second.endpoint.deliver(pubsubMessage(), context);
  expect(tokens).toMatchObject([
    { aud: 'https://decide.example.com', email: serviceAccountEmail, email_verified: true },
    { aud: second.url, email: serviceAccountEmail },
  ]);
});

test('an endpoint that is not there does not acknowledge', async () => {
  const { endpoint, url } = await serve(answer(200));
  open[0]?.server.close();
  const result = await endpoint.deliver(pubsubMessage(), context);
  expect(result).toMatchObject({ acknowledged: false, reason: expect.stringContaining('ECONNREFUSED') as string });
  expect(url).toContain('127.0.0.1');
});

test('an answer after the ack deadline does not count', async () => {
  const { endpoint } = await serve(() => undefined, {}, 20);
  expect(await endpoint.deliver(pubsubMessage(), context)).toMatchObject({
    acknowledged: false,
    reason: expect.stringContaining('ack deadline') as string,
  });
});
