import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, importJWK } from 'jose';
import { expect, test, vi } from 'vitest';
import { problemResponse } from '#shared/errors/problem.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { CachedTenantStore } from '#shared/tenancy/tenant-store.ts';
import { createAuthenticator } from '../authenticator.ts';
import { UNBOUNDED } from '../lookups/fixtures.ts';
import { createLookups } from '../lookups/lookups.ts';
import {
  authenticateWith,
  createTestKey,
  NOW_MS,
  NOW_SECONDS,
  settingsOf,
  someClaims,
  type TestKey,
  unsigned,
  worldOf,
} from './fixtures.ts';
import { createJwtVerifier } from './jwt-verifier.ts';

const acme = await createTestKey('acme-1');
const globex = await createTestKey('globex-1');

async function refusalOf(token: string, world = worldOf(acme, globex)): Promise<Refusal> {
  const outcome = await authenticateWith(world)(`Bearer ${token}`).catch((error: unknown) => error);
  if (!(outcome instanceof Refusal)) throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

test('a caller is who the token is about, and may what it claims', async () => {
  const token = await acme.sign({ scope: 'events:write analytics:read', project_id: 'web' });
  expect(await authenticateWith(worldOf(acme, globex))(`Bearer ${token}`)).toEqual({
    tenantId: 'acme',
    projectId: 'web',
    scopes: new Set(['events:write', 'analytics:read']),
    credentialId: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    credentialKind: 'jwt',
    subject: 'ada',
    issuer: 'https://id.acme.test',
  });
});

test.each(['RS256', 'ES256', 'EdDSA'] as const)('%s is accepted', async (alg) => {
  const key = await createTestKey('k', alg);
  expect(await authenticateWith(worldOf(key, globex))(`Bearer ${await key.sign()}`)).toMatchObject({ subject: 'ada' });
});

const DAY = 24 * 3_600;

const CLAIMS: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['expired', { exp: NOW_SECONDS - 31 }, 'expired'],
  ['without an end', { exp: undefined }, 'invalid_claim'],
  ['with an end that is text', { exp: String(NOW_SECONDS + 600) }, 'invalid_claim'],
  ['valid for ten years', { exp: NOW_SECONDS + 10 * 365 * DAY }, 'lifetime'],
  ['valid for a second more than a day', { exp: NOW_SECONDS + DAY + 1 }, 'lifetime'],
  ['valid for so long, not saying from when', { iat: undefined, exp: NOW_SECONDS + DAY + 31 }, 'lifetime'],
  ['near the end of its ten years', { iat: NOW_SECONDS - 10 * 365 * DAY }, 'lifetime'],
  ['issued when time began', { iat: -1e300 }, 'lifetime'],
  ['valid for as long as a number can say', { exp: 1e300 }, 'lifetime'],
  ['valid from later on', { nbf: NOW_SECONDS + 31 }, 'not_yet_valid'],
  ['valid from some text on', { nbf: 'now' }, 'not_yet_valid'],
  ['issued in the future', { iat: NOW_SECONDS + 31 }, 'not_yet_valid'],
  ['issued at some text', { iat: 'now' }, 'invalid_claim'],
  ['for another service', { aud: 'billing' }, 'audience'],
  ['for other services', { aud: ['billing', 'headgate2'] }, 'audience'],
  ['for a list in a list', { aud: [['headgate']] }, 'audience'],
  ['for nobody', { aud: undefined }, 'audience'],
  ['for 500 services', { aud: Array.from({ length: 500 }, (_, index) => `s${index}`) }, 'audience'],
  ['about nobody', { sub: undefined }, 'invalid_claim'],
  ['about a number', { sub: 7 }, 'invalid_claim'],
  ['about ""', { sub: '' }, 'invalid_claim'],
  ['about somebody too long', { sub: 'x'.repeat(256) }, 'invalid_claim'],
  ['of a project that cannot be', { project_id: 'Web/../x' }, 'invalid_claim'],
  ['of a project that is a list', { project_id: ['web'] }, 'invalid_claim'],
  ['of no tenant', { tenant_id: undefined }, 'unknown_tenant'],
  ['of a tenant that cannot be', { tenant_id: 'acme/../globex' }, 'unknown_tenant'],
  ['of a list of tenants', { tenant_id: ['acme', 'globex'] }, 'unknown_tenant'],
  ['of a tenant that is not there', { tenant_id: 'nobody' }, 'unknown_tenant'],
  ['of a tenant without issuers', { tenant_id: 'hooli' }, 'unknown_issuer'],
  ['of another tenant, which has another issuer', { tenant_id: 'globex' }, 'unknown_issuer'],
  [
    'of another tenant and its issuer, with its own key',
    { tenant_id: 'globex', iss: 'https://id.globex.test' },
    'unknown_key_id',
  ],
  ['of another issuer', { iss: 'https://id.acme.test/' }, 'unknown_issuer'],
  ['of no issuer', { iss: undefined }, 'unknown_issuer'],
  ['of a list of issuers', { iss: ['https://id.acme.test'] }, 'unknown_issuer'],
  ['larger than any should be', { padding: 'x'.repeat(8_192) }, 'too_large'],
];

test.each(CLAIMS)('a token %s is refused', async (_name, claims, reason) => {
  const refusal = await refusalOf(await acme.sign(claims));
  expect(refusal).toMatchObject({ code: 'invalid_credentials', particulars: { denial: { reason } } });
});

test.each([
  ['it is valid for a day', { exp: NOW_SECONDS + DAY }],
  ['it is valid for a day from within the skew', { iat: NOW_SECONDS + 30, exp: NOW_SECONDS + 30 + DAY }],
  ['its end passed within the skew', { exp: NOW_SECONDS - 29 }],
  ['it begins within the skew', { nbf: NOW_SECONDS + 30, iat: NOW_SECONDS + 30 }],
  ['it is for several services', { aud: ['billing', 'headgate'] }],
  ['it does not say when it was issued', { iat: undefined }],
  ['it holds much that is of no interest', { deep: JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`) as unknown }],
])('a token is good although %s', async (_name, claims) => {
  const token = await acme.sign(claims);
  expect(await authenticateWith(worldOf(acme, globex))(`Bearer ${token}`)).toMatchObject({ tenantId: 'acme' });
});

test('of a claim that comes twice, the last counts throughout', async () => {
  const claims = JSON.stringify(someClaims()).slice(1, -1);
  const authenticate = authenticateWith(worldOf(acme, globex));
  const lastIsAcme = await acme.signText(`{"tenant_id":"globex","sub":"bob",${claims}}`);
  expect(await authenticate(`Bearer ${lastIsAcme}`)).toMatchObject({ tenantId: 'acme', subject: 'ada' });
  const lastIsGlobex = await acme.signText(`{${claims},"tenant_id":"globex"}`);
  expect((await refusalOf(lastIsGlobex)).particulars.denial).toMatchObject({ reason: 'unknown_issuer' });
});

/** Tokens that no issuer signed, by what they try. */
const FORGERIES: readonly (readonly [string, (key: TestKey) => string | Promise<string>, string])[] = [
  ['alg none', () => unsigned({ alg: 'none' }, someClaims(), ''), 'algorithm'],
  ['alg None, with a signature', () => unsigned({ alg: 'None', kid: 'acme-1' }, someClaims()), 'algorithm'],
  ['alg in a list', () => unsigned({ alg: ['ES256'], kid: 'acme-1' }, someClaims()), 'algorithm'],
  ['no alg', () => unsigned({ kid: 'acme-1' }, someClaims()), 'algorithm'],
  ['HS256 with the public key as secret', hmacWithPublicKey, 'algorithm'],
  ['PS256', async () => (await createTestKey('acme-1', 'PS256')).sign(), 'algorithm'],
  [
    'the algorithm of another kind of key',
    () => unsigned({ alg: 'RS256', kid: 'acme-1' }, someClaims()),
    'unknown_key_id',
  ],
  ['an empty signature', () => unsigned({ alg: 'ES256', kid: 'acme-1' }, someClaims(), ''), 'signature'],
  ['a key id that is a number', (key) => key.sign({}, { kid: 7 as unknown as string }), 'malformed'],
  ['a key id that is an object', () => unsigned({ alg: 'ES256', kid: { x: 1 } }, someClaims()), 'malformed'],
  ['a key id that is a path', (key) => key.sign({}, { kid: '../../globex' }), 'unknown_key_id'],
  ['a key id of a prototype', (key) => key.sign({}, { kid: '__proto__' }), 'unknown_key_id'],
  ['a key id that is long', (key) => key.sign({}, { kid: 'x'.repeat(257) }), 'malformed'],
  [
    'a critical extension',
    () => unsigned({ alg: 'ES256', kid: 'acme-1', crit: ['exp'] }, someClaims()),
    'critical_header',
  ],
  [
    'an unencoded payload',
    () => unsigned({ alg: 'ES256', b64: false, crit: ['b64'] }, someClaims()),
    'critical_header',
  ],
  ['a logout token', (key) => key.sign({}, { typ: 'logout+jwt' }), 'type'],
  ['a type that is a number', () => unsigned({ alg: 'ES256', typ: 7 }, someClaims()), 'type'],
  ["another issuer's key under its own id", async () => globex.sign(), 'unknown_key_id'],
  ["another issuer's key under this one's id", () => globex.sign({}, { kid: 'acme-1' }), 'signature'],
  ['its own key in jwk', () => globex.sign({}, { kid: 'acme-1', jwk: globex.jwk }), 'signature'],
  [
    'the address of its own keys in jku',
    () => globex.sign({}, { jku: 'https://id.globex.test/jwks' }),
    'unknown_key_id',
  ],
  [
    'the address of its own keys in x5u',
    () => globex.sign({}, { x5u: 'https://id.globex.test/jwks' }),
    'unknown_key_id',
  ],
  ['a payload that is a list', () => unsigned({ alg: 'ES256', kid: 'acme-1' }, [someClaims()]), 'malformed'],
  ['a payload that is null', () => unsigned({ alg: 'ES256', kid: 'acme-1' }, 'null'), 'malformed'],
  ['a payload that is no JSON', () => unsigned({ alg: 'ES256', kid: 'acme-1' }, '{'), 'malformed'],
  ['a header that is no JSON', () => unsigned('{', someClaims()), 'malformed'],
  ['nothing at all', () => '..', 'malformed'],
  ['five parts', () => 'a.b.c.d.e', 'unknown_kind'],
];

async function hmacWithPublicKey(): Promise<string> {
  const secret = await exportSPKI((await importJWK(acme.jwk, 'ES256')) as CryptoKey);
  const [header, payload] = unsigned({ alg: 'HS256', kid: 'acme-1' }, someClaims()).split('.');
  const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  return `${header}.${payload}.${signature}`;
}

test.each(FORGERIES)('%s is refused', async (_name, forge, reason) => {
  const refusal = await refusalOf(await forge(acme));
  expect(refusal).toMatchObject({ code: 'invalid_credentials', particulars: { denial: { reason } } });
});

test.each(['JWT', 'at+jwt', 'application/at+jwt', 'jwt'])('the type %s is accepted', async (typ) => {
  const token = await acme.sign({}, { typ });
  expect(await authenticateWith(worldOf(acme, globex))(`Bearer ${token}`)).toMatchObject({ subject: 'ada' });
});

const NONE = { burst: 0.5, perSecond: 1 };
const PLENTY = { burst: 1_000, perSecond: 1_000 };

test.each([
  ['by each tenant', NONE, PLENTY, /^\[429,.*retry-after.*too_many_unknown_credentials/],
  ['by all together', PLENTY, NONE, /^\[503,.*retry-after.*overloaded/],
])(
  'while look-ups are used up %s, a forged token gets one answer whichever tenant it names, and a good one is let in',
  async (_name, perTenant, total, answer) => {
    const world = worldOf(acme, globex);
    const held = (tenantId: string): boolean => world.tenants.has(tenantId);
    const bounds = { maxInFlight: 1, maxWaiting: 0, maxWaitMs: 1_000, now: () => 0 };
    const exhausted = createLookups({ perTenant, total, ...bounds });
    const authenticate = authenticateWith(world, { holds: held, lookups: exhausted });
    const answers = new Set<string>();
    for (const tenant_id of ['acme', 'globex', 'hooli', 'nobody']) {
      for (const iss of ['https://id.acme.test', `https://id.${tenant_id}.test`, 'https://elsewhere.test']) {
        for (const kid of ['acme-1', 'globex-1', 'made-up']) {
          const token = unsigned({ alg: 'ES256', kid }, { ...someClaims(), tenant_id, iss });
          const refusal = (await authenticate(`Bearer ${token}`).catch((error: unknown) => error)) as Refusal;
          const response = problemResponse(refusal);
          answers.add(JSON.stringify([response.status, [...response.headers], await response.text()]));
        }
      }
    }
    expect([...answers]).toEqual([expect.stringMatching(answer)]);
    expect(await authenticate(`Bearer ${await acme.sign()}`)).toMatchObject({ tenantId: 'acme' });
    await expect(authenticate(`Bearer ${await acme.sign({ exp: 1 })}`)).rejects.toMatchObject({ status: 401 });
  },
);

test.each(['acme', 'globex', 'hooli', 'nobody'])(
  'a forged token takes one read of the document of %s, whether it is held or not, and a good one none',
  async (tenant_id) => {
    const world = worldOf(acme, globex);
    const forged = unsigned({ alg: 'ES256', kid: 'acme-1' }, { ...someClaims(), tenant_id });
    for (const isHeld of [true, false]) {
      const reload = vi.fn<CachedTenantStore['reload']>();
      const authenticate = authenticateWith(world, { holds: () => isHeld, reload });
      await expect(authenticate(`Bearer ${forged}`)).rejects.toMatchObject({ status: 401 });
      expect(reload).toHaveBeenCalledTimes(isHeld ? 1 : 0);
      await authenticate(`Bearer ${await acme.sign()}`);
      expect(reload).toHaveBeenCalledTimes(isHeld ? 1 : 0);
    }
  },
);

test('a signature that was changed in one bit is refused', async () => {
  const token = await acme.sign();
  const signature = Buffer.from(token.split('.')[2]!, 'base64url');
  signature[10]! ^= 1;
  const changed = `${token.slice(0, token.lastIndexOf('.'))}.${signature.toString('base64url')}`;
  expect((await refusalOf(changed)).particulars.denial).toMatchObject({ reason: 'signature' });
});

test('whatever is wrong, the answer is the same to the byte', async () => {
  const tokens = await Promise.all([
    ...CLAIMS.map(([, claims]) => acme.sign(claims)),
    ...FORGERIES.map(async ([, forge]) => forge(acme)),
  ]);
  tokens.push(`hg_acme_${'x'.repeat(43)}`);
  const answers = new Set<string>();
  for (const token of tokens) {
    const response = problemResponse(await refusalOf(token));
    answers.add(JSON.stringify([response.status, [...response.headers], await response.text()]));
  }
  expect([...answers]).toEqual([expect.stringMatching(/^\[401,/)]);
  expect([...answers][0]).not.toMatch(/acme|globex|hooli/);
});

test('a denial names the tenant that was claimed, and no tenant that was established', async () => {
  const { denial } = (await refusalOf(await acme.sign({ exp: 1 }))).particulars;
  expect(denial).toEqual({
    reason: 'expired',
    claimedTenantId: 'acme',
    credentialKind: 'jwt',
    credentialId: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
  });
});

test('an issuer that two tenants share speaks for the one that it names', async () => {
  const world = worldOf(acme, globex);
  const shared = [{ issuer: 'https://id.acme.test', jwksUri: 'https://id.acme.test/jwks' }];
  world.tenants.set('globex', settingsOf('globex', { issuers: shared, members: [] }));
  const authenticate = authenticateWith(world);
  expect(await authenticate(`Bearer ${await acme.sign()}`)).toMatchObject({ tenantId: 'acme' });
  const other = await authenticate(`Bearer ${await acme.sign({ tenant_id: 'globex' })}`);
  expect(other).toMatchObject({ tenantId: 'globex', scopes: new Set() });
});

test('where the issuer is down and its keys were never had, nobody is called invalid', async () => {
  const world = worldOf(acme, globex);
  world.keySets.clear();
  const refusal = await refusalOf(await acme.sign(), world);
  expect(refusal).toMatchObject({ code: 'settings_unavailable', status: 503 });
  expect(problemResponse(refusal).headers.get('retry-after')).toBe('1');
});

test('where the settings cannot be read, nobody is called invalid', async () => {
  const get = () => Promise.reject(new Error('Firestore is down'));
  const keys = { find: async () => undefined };
  const verify = createJwtVerifier({
    tenants: { get, holds: () => true, answersAtOnce: () => false, reload: get },
    keys,
    lookups: UNBOUNDED,
    now: () => NOW_MS,
  });
  await expect(createAuthenticator([verify])(`Bearer ${await acme.sign()}`)).rejects.toMatchObject({
    code: 'settings_unavailable',
  });
});
