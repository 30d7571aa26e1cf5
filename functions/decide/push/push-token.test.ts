import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPushTokenVerifier, InvalidPushTokenError } from './push-token.ts';

const AUDIENCE = 'https://decide.example';
const EMAIL = 'hg-acme@headgate-test.iam.gserviceaccount.com';
const nowSeconds = Math.floor(Date.now() / 1000);

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: Record<string, KeyPair>;
let published: string[] = [];
let fetches = 0;
let certsUrl: string;

const server = createServer((_request, response) => {
  fetches += 1;
  const certs = published.map(async (kid) => [kid, await exportSPKI(keys[kid]!.publicKey)] as const);
  void Promise.all(certs).then((entries) => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'public, max-age=3600');
    response.end(JSON.stringify(Object.fromEntries(entries)));
  });
});

beforeAll(async () => {
  const make = (): Promise<KeyPair> => generateKeyPair('RS256', { extractable: true });
  keys = { one: await make(), two: await make() };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  certsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth2/v1/certs`;
});

afterAll(() => {
  server.close();
});

async function tokenWith(claims: Record<string, unknown> = {}, kid = 'one', signedWith = kid): Promise<string> {
  const standard = { iss: 'https://accounts.google.com', aud: AUDIENCE, email: EMAIL, email_verified: true };
  const times = { iat: nowSeconds - 10, exp: nowSeconds + 3590 };
  return new SignJWT({ ...standard, ...times, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(keys[signedWith]!.privateKey);
}

test('a good token names its service account, and is verified once', async () => {
  published = ['one'];
  fetches = 0;
  const verify = createPushTokenVerifier({ audience: AUDIENCE, certsUrl });
  const token = await tokenWith();
  expect(await Promise.all([verify(token), verify(token)])).toEqual([EMAIL, EMAIL]);
  expect(await verify(token)).toBe(EMAIL);
  expect(fetches).toBe(1);
});

test.each<[string, Record<string, unknown>]>([
  ['Wrong recipient', { aud: 'https://other.example' }],
  ['Invalid issuer', { iss: 'https://evil.example' }],
  ['Token used too late', { iat: nowSeconds - 7200, exp: nowSeconds - 3600 }],
  ['Token used too early', { iat: nowSeconds + 3600, exp: nowSeconds + 7200 }],
  ['email is not verified', { email_verified: false }],
  ['email is not verified', { email: undefined }],
])('refused: %s', async (reason, claims) => {
  published = ['one'];
  const verify = createPushTokenVerifier({ audience: AUDIENCE, certsUrl });
  await expect(verify(await tokenWith(claims))).rejects.toThrow(new InvalidPushTokenError(reason));
});

test('a signature of another key is refused, and the error holds nothing of the token', async () => {
  published = ['one', 'two'];
  const verify = createPushTokenVerifier({ audience: AUDIENCE, certsUrl });
  const forged = await tokenWith({}, 'one', 'two');
  await expect(verify(forged)).rejects.toThrow(new InvalidPushTokenError('Invalid token signature'));
});

test.each(['', 'abc', 'a.b.c', `${Buffer.from('{"kid":7}').toString('base64url')}.x.y`])(
  '%j is no token',
  async (text) => {
    published = ['one'];
    const verify = createPushTokenVerifier({ audience: AUDIENCE, certsUrl });
    await expect(verify(text)).rejects.toThrow(InvalidPushTokenError);
  },
);

test('a new key is fetched when it is first seen; a made-up one does not have the keys fetched each time', async () => {
  published = ['one'];
  fetches = 0;
  let nowMs = Date.now();
  const verify = createPushTokenVerifier({ audience: AUDIENCE, certsUrl, nowMs: () => nowMs });
  await verify(await tokenWith());
  published = ['two'];
  expect(await verify(await tokenWith({}, 'two'))).toBe(EMAIL);
  expect(fetches).toBe(2);
  for (let i = 0; i < 5; i += 1)
    await expect(verify(await tokenWith({ i }, 'made-up', 'one'))).rejects.toThrow('not known');
  expect(fetches).toBe(2);
  nowMs += 11_000;
  await expect(verify(await tokenWith({}, 'made-up', 'one'))).rejects.toThrow('not known');
  expect(fetches).toBe(3);
});

test('a remembered token is no longer good once it has expired', async () => {
  published = ['one'];
  let nowMs = Date.now();
  const verify = createPushTokenVerifier({ audience: AUDIENCE, certsUrl, nowMs: () => nowMs });
  const token = await tokenWith({ iat: nowSeconds - 3600, exp: nowSeconds - 200 });
  expect(await verify(await tokenWith())).toBe(EMAIL);
  expect(await verify(token)).toBe(EMAIL);
  nowMs += 1;
  published = [];
  await expect(verify(token)).resolves.toBe(EMAIL);
});

test('where the certificates cannot be had, no token is called invalid', async () => {
  const verify = createPushTokenVerifier({ audience: AUDIENCE, certsUrl: 'http://127.0.0.1:1/certs' });
  await expect(verify(await tokenWith())).rejects.not.toThrow(InvalidPushTokenError);
});
