import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { fetchKeySet } from './fetch-key-set.ts';
import { createTestKey } from './fixtures.ts';
import { parseKeySet } from './key-set.ts';

const key = await createTestKey('one');
const body = JSON.stringify({ keys: [key.jwk] });
const header = { alg: 'ES256', kid: 'one' };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
}

test('a JWK Set is fetched and its keys are found', async () => {
  const uri = await serve((_request, response) => response.end(body));
  expect(await (await fetchKeySet(uri)).find(header)).toBeDefined();
});

test('no redirect is followed, wherever it leads', async () => {
  let asked = 0;
  const elsewhere = await serve((_request, response) => {
    asked++;
    response.end(body);
  });
  const uri = await serve((_request, response) => response.writeHead(302, { location: elsewhere }).end());
  await expect(fetchKeySet(uri)).rejects.toThrow('fetch failed');
  expect(asked).toBe(0);
});

test.each<[string, RequestListener]>([
  ['a page', (_request, response) => response.end('<html>sign in</html>')],
  ['nothing', (_request, response) => response.end()],
  ['null', (_request, response) => response.end('null')],
  ['a list', (_request, response) => response.end('[]')],
  ['an error', (_request, response) => response.writeHead(500).end(body)],
  ['no content', (_request, response) => response.writeHead(204).end()],
  [
    'half of what was promised',
    (_request, response) => response.writeHead(200, { 'content-length': 10_000 }).end(body),
  ],
  ['10,000 keys', (_request, response) => response.end(JSON.stringify({ keys: Array(10_000).fill(key.jwk) }))],
  ['101 keys', (_request, response) => response.end(JSON.stringify({ keys: Array(101).fill('key') }))],
  [
    'text that inflates to 100 MB',
    (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100_000_000, ' '))),
  ],
  ['a JWK Set that is padded to 300 KB', (_request, response) => response.end(body + ' '.repeat(300_000))],
  ['a connection that ends', (request) => request.destroy()],
])('%s is no JWK Set', async (_name, listener) => {
  await expect(fetchKeySet(await serve(listener), 2_000)).rejects.toBeInstanceOf(Error);
});

test('an issuer that answers slowly is given up on', async () => {
  const uri = await serve((_request, response) => {
    const drip = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(drip));
  });
  await expect(fetchKeySet(uri, 100)).rejects.toMatchObject({ name: 'TimeoutError' });
});

test.each([
  ['a symmetric key', { kty: 'oct', k: 'AAAA', kid: 'bad' }],
  [
    'a key with a modulus that takes minutes to verify with',
    { kty: 'RSA', kid: 'bad', e: 'AQAB', n: 'x'.repeat(100_000) },
  ],
  ['a key with an exponent that does', { kty: 'RSA', kid: 'bad', n: 'AQAB', e: 'x'.repeat(683) }],
  ['a key id that is a number', { ...key.jwk, kid: 7 }],
  ['no key at all', 'key'],
  ['null', null],
])('%s is left out, and spoils no other', async (_name, other) => {
  const keySet = parseKeySet({ keys: [other, key.jwk] });
  expect(await keySet.find(header)).toBeDefined();
  expect(await keySet.find({ alg: 'RS256', kid: 'bad' })).toBeUndefined();
});

test.each([
  ['for encryption', { use: 'enc' }],
  ['for another algorithm', { alg: 'ES512' }],
  ['for something else', { key_ops: ['deriveKey'] }],
  ['not on the curve', { x: 'AAAA' }],
  ['on another curve', { crv: 'P-521' }],
  ['without a point', { x: undefined }],
])('a key %s is not found', async (_name, changed) => {
  expect(await parseKeySet({ keys: [{ ...key.jwk, ...changed }] }).find(header)).toBeUndefined();
});

test('of a key that is published with its private half, only the public one is used', async () => {
  const found = await parseKeySet({ keys: [{ ...key.jwk, d: 'AAAA' }] }).find(header);
  expect(found?.type).toBe('public');
});
