import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { expect, test } from 'vitest';
import type { FetchApp } from './fetch-app.ts';
import { registerFunction } from './functions-framework-host.ts';

/** Listens as the framework's own program does: its signal handlers are installed once it listens. */
async function serve(name: string, app: FetchApp, onSignal: () => void = () => undefined) {
  const registered = registerFunction(name, app);
  getTestServer(name).listen(0, () => process.on('SIGTERM', onSignal));
  return registered;
}

/** Says what of a request reached the application. */
const echo: FetchApp = {
  fetch: async (request) =>
    Response.json({
      path: request.url.replace(/^http:\/\/[^/]+/, ''),
      contentType: request.headers.get('content-type'),
      contentEncoding: request.headers.get('content-encoding'),
      body: Buffer.from(await request.arrayBuffer()).toString('base64'),
    }),
};

test.each([
  ['JSON that is none', '/v1/events', { 'content-type': 'application/json' }, Buffer.from('{"type": ')],
  ['a charset nobody knows', '/', { 'content-type': 'application/json; charset=klingon' }, Buffer.from('{}')],
  ['a form', '/', { 'content-type': 'application/x-www-form-urlencoded' }, Buffer.from('a=b')],
  ['gzip', '/', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync('{}')],
  ['zstd', '/', { 'content-type': 'application/json', 'content-encoding': 'zstd' }, Buffer.from('x')],
  ['a path that is not UTF-8', '/v1/%ff?a=%zz', { 'content-type': 'text/plain' }, Buffer.from('x')],
  ['a path that the framework ignores', '/favicon.ico', { 'content-type': 'text/plain' }, Buffer.from('x')],
])('%s is for the application to read', async (name, path, headers: Record<string, string>, body) => {
  const host = await serve(`f${name.length}`, echo);
  const response = await fetch(`${host.url}${path}`, { method: 'POST', headers, body });
  expect(await response.json()).toEqual({
    path,
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'] ?? null,
    body: body.toString('base64'),
  });
  await host.drain({ graceMs: 0, deadlineMs: 1_000 });
});

test("the framework's signal handlers go, and no others", async () => {
  const ours = (): void => undefined;
  const theirs = (): void => undefined;
  process.on('SIGTERM', ours);
  const host = await serve('signals', echo, theirs);
  expect(process.listeners('SIGTERM')).toContain(ours);
  expect(process.listeners('SIGTERM')).not.toContain(theirs);
  process.off('SIGTERM', ours);
  await host.drain({ graceMs: 0, deadlineMs: 1_000 });
});

test('a request in flight when draining begins is answered, and its connection closed', async () => {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<Response>();
  const host = await serve('slow', {
    fetch: () => {
      arrived.resolve();
      return gate.promise;
    },
  });
  const answer = once(httpRequest(host.url, { agent: new Agent({ keepAlive: true }) }).end(), 'response');
  await arrived.promise;
  const drained = host.drain({ graceMs: 0, deadlineMs: 5_000 });
  gate.resolve(new Response('slow'));
  const [response] = await answer;
  expect(response).toMatchObject({ statusCode: 200, headers: { connection: 'close' } });
  response.resume();
  expect(await drained).toBe(0);
});
