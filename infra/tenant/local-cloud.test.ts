import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { openLocalStack } from './local-cloud.ts';

const acme = TenantId.parse('acme');
const RESOURCE = {
  type: 'resource',
  urn: 'urn:pulumi:acme::p::a:b:C$gcp:pubsub/topic:Topic::events',
  operation: 'create',
};
const DONE = {
  type: 'done',
  endpoint: 'http://127.0.0.1:8080',
  apiKey: 'hg_acme_x',
  apiKeys: { default: 'hg_acme_x' },
};

let directory: string;
let server: Server | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'headgate-'));
});
afterEach(() => {
  server?.close();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(join(directory, 'control.json'), JSON.stringify({ url, pid: 1 }));
}

const answering =
  (...lines: object[]): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'application/x-ndjson');
    response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  };

test('orders the tenant, tells of its resources, and hands back the key', async () => {
  const bodies: string[] = [];
  await serve((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => {
      answering(RESOURCE, DONE)(request, response);
    });
  });
  const lines: string[] = [];
  const onboarded = await (await openLocalStack(acme, directory, (line) => lines.push(line))).apply({ mode: 'open' });
  expect(onboarded).toMatchObject({ endpoint: 'http://127.0.0.1:8080', apiKey: 'hg_acme_x' });
  expect(JSON.parse(bodies.join(''))).toEqual({ tenant: 'acme', settings: { mode: 'open' } });
  expect(lines).toEqual(['create gcp:pubsub/topic:Topic::events']);
});

test.each<[string, RequestListener, RegExp]>([
  ['an error', answering(RESOURCE, { type: 'error', message: 'mode: must be open' }), /^mode: must be open$/],
  ['half an answer', answering(RESOURCE), /ended before/],
  ['a refusal', (_request, response) => response.writeHead(400).end('tenant: no'), /400: tenant: no/],
])('%s is told', async (_, listener, message) => {
  await serve(listener);
  const stack = await openLocalStack(acme, directory, () => undefined);
  await expect(stack.apply({})).rejects.toThrow(message);
});

test('where none runs, it says how to start one', async () => {
  await expect(openLocalStack(acme, directory, () => undefined)).rejects.toThrow(/npm start/);
  await writeFile(join(directory, 'control.json'), JSON.stringify({ url: 'http://127.0.0.1:1' }));
  const stack = await openLocalStack(acme, directory, () => undefined);
  await expect(stack.apply({})).rejects.toThrow(/does not answer.*npm start/);
});

test.each<[unknown, unknown]>([
  [{ apiKeys: [{ name: 'default' }] }, [{ name: 'default' }]],
  [{ apiKeys: '[{"name":"default"}]' }, [{ name: 'default' }]],
  [{ mode: 'open' }, undefined],
])('of settings %j it knows the keys', async (settings, apiKeys) => {
  const paths: (string | undefined)[] = [];
  await serve((request, response) => {
    paths.push(request.url);
    response.end(JSON.stringify({ settings }));
  });
  expect(await (await openLocalStack(acme, directory, () => undefined)).apiKeys()).toEqual(apiKeys);
  expect(paths).toEqual(['/tenants/acme']);
});
