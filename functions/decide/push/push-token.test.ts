import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createTestKey, NOW_MS, NOW_SECONDS, type TestKey, unsigned } from '#shared/auth/jwt/fixtures.ts';
import { createIssuerKeys } from '#shared/auth/jwt/issuer-keys.ts';
import { type KeySet, parseKeySet } from '#shared/auth/jwt/key-set.ts';
import { createPushTokenVerifier, type PushTokenVerifier } from './push-token.ts';

const ACCOUNT = 'headgate-push@headgate-test.iam.gserviceaccount.com';
const JWKS_URI = 'https://keys.test/certs';

let google: TestKey;
let next: TestKey;
let nowMs: number;
let fetchKeySet: ReturnType<typeof vi.fn<(jwksUri: string) => Promise<KeySet>>>;
let verify: PushTokenVerifier;

beforeAll(async () => {
  [google, next] = await Promise.all([createTestKey('google', 'RS256'), createTestKey('next', 'RS256')]);
});
beforeEach(() => {
  nowMs = NOW_MS;
  fetchKeySet = vi.fn(async () => parseKeySet({ keys: [google.jwk] }));
  verify = createPushTokenVerifier({
    audience: 'https://decide.example',
    account: ACCOUNT,
    jwksUri: JWKS_URI,
    keys: createIssuerKeys({ fetchKeySet, now: () => nowMs }),
    nowMs: () => nowMs,
  });
});

/** What Google says in a token of a push of acme's. */
const claims = {
  iss: 'https://accounts.google.com',
  aud: 'https://decide.example/acme',
  email: ACCOUNT,
  email_verified: true,
  iat: NOW_SECONDS - 10,
  exp: NOW_SECONDS + 3_590,
};
const tokenWith = (changed: Record<string, unknown> = {}, key = google): Promise<string> =>
  key.sign({ ...claims, ...changed });

test('a good token names its tenant, and its signature is looked at once', async () => {
  const token = await tokenWith();
  const push = await verify(token);
  expect(push).toMatchObject({ tenantId: 'acme' });
  expect(await verify(token)).toBe(push);
  expect(await verify(await tokenWith({ aud: 'https://decide.example/globex' }))).toMatchObject({ tenantId: 'globex' });
  expect(fetchKeySet).toHaveBeenCalledExactlyOnceWith(JWKS_URI);
});

test.each<[string, Record<string, unknown>, string]>([
  ['the bare audience', { aud: 'https://decide.example' }, 'audience'],
  ['no tenant in the audience', { aud: 'https://decide.example/' }, 'audience'],
  ['one that cannot be', { aud: 'https://decide.example/Acme' }, 'audience'],
  ['more than the tenant', { aud: 'https://decide.example/x/acme' }, 'audience'],
  ['another audience', { aud: 'https://other.example/acme' }, 'audience'],
  ['several audiences', { aud: ['https://decide.example/acme', 'https://decide.example/globex'] }, 'audience'],
  ['another issuer', { iss: 'https://evil.example' }, 'invalid_claim'],
  ['one that looks alike', { iss: 'accounts.google.com' }, 'invalid_claim'],
  ['another account', { email: 'mallory@headgate-test.iam.gserviceaccount.com' }, 'invalid_claim'],
  ['no account', { email: undefined }, 'invalid_claim'],
  ['an email that is not verified', { email_verified: false }, 'invalid_claim'],
  ['one of which it does not say', { email_verified: undefined }, 'invalid_claim'],
  ['one that is "true"', { email_verified: 'true' }, 'invalid_claim'],
  ['expired', { iat: NOW_SECONDS - 7_200, exp: NOW_SECONDS - 3_600 }, 'expired'],
  ['no expiry', { exp: undefined }, 'invalid_claim'],
  ['not yet valid', { iat: NOW_SECONDS + 3_600, exp: NOW_SECONDS + 7_200 }, 'not_yet_valid'],
  ['valid for a year', { exp: NOW_SECONDS + 31_536_000 }, 'lifetime'],
])('refused: %s', async (_, changed, reason) => {
  const push = await verify(await tokenWith(changed));
  expect(push).toMatchObject({ denial: { credentialKind: 'push_token', reason } });
});

test('a signature of another key is refused', async () => {
  const forged = await createTestKey('google', 'RS256');
  expect(await verify(await tokenWith({}, forged))).toMatchObject({ denial: { reason: 'signature' } });
});

test.each<[string, string]>([
  ['', 'malformed'],
  ['abc', 'malformed'],
  ['a.b.c', 'malformed'],
  ['a'.repeat(10_000), 'too_large'],
  [unsigned({ alg: 'none', kid: 'google' }, claims, ''), 'algorithm'],
  [unsigned({ alg: 'HS256', kid: 'google' }, claims), 'algorithm'],
  [unsigned({ alg: 'RS256', kid: 7 }, claims), 'malformed'],
  [unsigned({ alg: 'RS256', kid: 'google', crit: ['b64'] }, claims), 'critical_header'],
  [unsigned({ alg: 'RS256' }, claims), 'unknown_key_id'],
])('%j is refused without a look at any key', async (text, reason) => {
  expect(await verify(text)).toMatchObject({ denial: { reason } });
  expect(fetchKeySet).not.toHaveBeenCalled();
});

test('a new key is fetched when it is first seen; a thousand made-up ones have the keys fetched once in ten seconds', async () => {
  await verify(await tokenWith());
  fetchKeySet.mockImplementation(async () => parseKeySet({ keys: [google.jwk, next.jwk] }));
  expect(await verify(await tokenWith({}, next))).toMatchObject({ tenantId: 'acme' });
  expect(fetchKeySet).toHaveBeenCalledTimes(2);
  for (let id = 0; id < 1_000; id++) {
    const madeUp = unsigned({ alg: 'RS256', kid: `made-up-${id}` }, claims);
    expect(await verify(madeUp)).toMatchObject({ denial: { reason: 'unknown_key_id' } });
  }
  expect(fetchKeySet).toHaveBeenCalledTimes(2);
  nowMs += 10_000;
  await verify(unsigned({ alg: 'RS256', kid: 'made-up' }, claims));
  expect(fetchKeySet).toHaveBeenCalledTimes(3);
});

test('a remembered token is no longer good once it has expired', async () => {
  const token = await tokenWith({ iat: NOW_SECONDS - 3_590, exp: NOW_SECONDS + 10 });
  expect(await verify(token)).toMatchObject({ tenantId: 'acme' });
  nowMs += 100_000;
  expect(await verify(token)).toMatchObject({ denial: { reason: 'expired' } });
});

test('where the keys cannot be had, no token is called invalid', async () => {
  fetchKeySet.mockRejectedValue(new Error('the signer is down'));
  await expect(verify(await tokenWith())).rejects.toThrow('the signer is down');
});
