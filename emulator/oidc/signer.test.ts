import { createPublicKey, verify } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { expect, test } from 'vitest';
import { createOidcSigner } from './signer.ts';

const NOW = Date.parse('2026-11-20T10:30:00Z');
const claims = { serviceAccountEmail: 'push@p.iam.gserviceaccount.com', audience: 'https://decide.example.com' };

test('a token has the claims of an authenticated push and lives for an hour', async () => {
  const signer = createOidcSigner(() => NOW);
  const payload = decodeJwt(await signer.idToken(claims));
  expect(payload).toEqual({
    iss: 'https://accounts.google.com',
    aud: claims.audience,
    email: claims.serviceAccountEmail,
    email_verified: true,
    sub: expect.stringMatching(/^\d{21}$/) as string,
    azp: payload.sub,
    iat: NOW / 1000,
    exp: NOW / 1000 + 3600,
  });
});

test('it is verified with the key set', async () => {
  const signer = createOidcSigner(() => NOW);
  const keys = createLocalJWKSet((await signer.jwks()) as JSONWebKeySet);
  const token = await signer.idToken(claims);
  const verified = await jwtVerify(token, keys, { audience: claims.audience, currentDate: new Date(NOW) });
  expect(verified.payload['email']).toBe(claims.serviceAccountEmail);
  await expect(jwtVerify(`${token.slice(0, -4)}AAAA`, keys, { currentDate: new Date(NOW) })).rejects.toThrow(
    'signature',
  );
});

test('it is verified with the PEM of its key id', async () => {
  const signer = createOidcSigner(() => NOW);
  const token = await signer.idToken(claims);
  const { kid } = decodeProtectedHeader(token);
  const pem = (await signer.certificates())[kid ?? ''];
  const [header, payload, signature] = token.split('.');
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify('sha256', signed, createPublicKey(pem!), Buffer.from(signature!, 'base64url'))).toBe(true);
});

test('a token is used again until five minutes before it expires', async () => {
  let nowMs = NOW;
  const signer = createOidcSigner(() => nowMs);
  const first = await signer.idToken(claims);
  nowMs += 55 * 60_000;
  expect(await signer.idToken(claims)).toBe(first);
  nowMs += 1000;
  expect(await signer.idToken(claims)).not.toBe(first);
  expect(await signer.idToken({ ...claims, audience: 'https://other.example.com' })).not.toBe(first);
});
