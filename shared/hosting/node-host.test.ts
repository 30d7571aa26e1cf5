import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type NodeHost, startNodeHost } from './node-host.ts';

/** An application whose answers to `/slow` wait until they are let go. */
function slowApp() {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const fetch = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname !== '/slow') return new Response('ok');
    arrived.resolve();
    await gate.promise;
    return new Response('slow');
  };
  return { app: { fetch }, arrived: arrived.promise, letGo: gate.resolve };
}

function start(app: { fetch: (request: Request) => Promise<Response> }): Promise<NodeHost> {
  return startNodeHost({ app, host: '127.0.0.1', port: 0 });
}

function get(url: string, agent: Agent): Promise<{ body: string; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ body, connection: response.headers.connection }));
    })
      .on('error', reject)
      .end();
  });
}

test('a request in flight when draining begins is answered, and its connection closed', async () => {
  const { app, arrived, letGo } = slowApp();
  const host = await start(app);
  const agent = new Agent({ keepAlive: true });
  const answer = get(`${host.url}/slow`, agent);
  await arrived;
  const drained = host.drain({ graceMs: 0, deadlineMs: 5_000 });
  letGo();
  expect(await answer).toEqual({ body: 'slow', connection: 'close' });
  expect(await drained).toBe(0);
  await expect(get(host.url, agent)).rejects.toThrow('ECONNREFUSED');
});

test('a request that comes over an open connection in the time of grace is answered', async () => {
  const { app } = slowApp();
  const host = await start(app);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await get(host.url, agent);
  const drained = host.drain({ graceMs: 5_000, deadlineMs: 9_000 });
  expect(await get(host.url, agent)).toEqual({ body: 'ok', connection: 'close' });
  expect(await drained).toBe(0);
});

test('a connection on which nothing was ever asked does not hold up the drain', async () => {
  const { app } = slowApp();
  const host = await start(app);
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  expect(await host.drain({ graceMs: 0, deadlineMs: 60_000 })).toBe(0);
  await closed;
});

test('at the deadline what is in flight is cut off, and counted', async () => {
  const { app, arrived } = slowApp();
  const host = await start(app);
  const answer = get(`${host.url}/slow`, new Agent()).catch((error: Error) => error);
  await arrived;
  expect(await host.drain({ graceMs: 0, deadlineMs: 1 })).toBe(1);
  expect(await answer).toBeInstanceOf(Error);
});

test('an address that is taken is an error', async () => {
  const { app } = slowApp();
  const host = await start(app);
  const port = Number(new URL(host.url).port);
  await expect(startNodeHost({ app, host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
  await host.drain({ graceMs: 0, deadlineMs: 1_000 });
});

test('a request that is no request is refused as a problem', async () => {
  const { app } = slowApp();
  const host = await start(app);
  const response = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1', () =>
      socket.end('GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'),
    );
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('end', () => resolve(text));
  });
  expect(response).toMatch(/^HTTP\/1.1 400 /);
  expect(response).toContain('"code":"malformed_request"');
  await host.drain({ graceMs: 0, deadlineMs: 1_000 });
});
