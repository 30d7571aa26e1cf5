import type { Firestore } from '@google-cloud/firestore';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDocumentReads } from '#shared/gathering/document-reads.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { activeTenant } from '#shared/tenancy/active-tenant.ts';
import { toTenantDocument } from '#shared/tenancy/tenant-document.ts';
import { createTenantStore } from '#shared/tenancy/tenant-store.ts';
import { createApiKeyVerifier, loadApiKeyFrom } from './api-key-verifier.ts';
import { makeApiKey } from './api-key.ts';
import { createAuthenticator } from './authenticator.ts';
import { createTestKey, NOW_MS, settingsOf, someClaims, unsigned } from './jwt/fixtures.ts';
import { createIssuerKeys } from './jwt/issuer-keys.ts';
import { createJwtVerifier } from './jwt/jwt-verifier.ts';
import { parseKeySet } from './jwt/key-set.ts';
import { createLookups } from './lookups/lookups.ts';

const MINUTE_MS = 60_000;
const ACME = TenantId.parse('acme');

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

/** As much of Firestore as is read, with a count of the documents and of the requests. */
function firestoreWith(documents: Map<string, { data: object; version: number }>) {
  const reads = { count: 0, requests: 0, isDown: false, latencyMs: 0 };
  const read = (path: string) => {
    reads.count++;
    if (reads.isDown) throw new Error('Firestore is down');
    const found = documents.get(path);
    const updateTime = found && { valueOf: () => String(found.version) };
    return { exists: found !== undefined, data: () => found?.data, updateTime };
  };
  const doc = (path: string) => ({ path });
  const getAll = async (...references: { path: string }[]) => {
    reads.requests++;
    if (reads.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, reads.latencyMs));
    return references.map(({ path }) => read(path));
  };
  return { firestore: { doc, getAll } as unknown as Firestore, reads };
}

/** The verifiers with their real caches, as `functions/compose.ts` puts them together. */
async function setUp() {
  const { key, sha256 } = makeApiKey(ACME);
  const documents = new Map<string, { data: object; version: number }>();
  let version = 0;
  const put = (path: string, data: object): void => void documents.set(path, { data, version: ++version });
  put('tenants/acme', toTenantDocument(settingsOf('acme')));
  put(`apiKeys/${sha256}`, { tenantId: 'acme', scopes: ['events:write'] });
  const { firestore, reads } = firestoreWith(documents);
  const signer = await createTestKey('acme-1');
  const read = createDocumentReads(firestore);
  const tenants = createTenantStore(read);
  const lookups = createLookups();
  const keySet = [signer.jwk];
  const keys = createIssuerKeys({ fetchKeySet: async () => parseKeySet({ keys: keySet }) });
  const authenticate = createAuthenticator([
    createApiKeyVerifier({ load: loadApiKeyFrom(read), lookups }),
    createJwtVerifier({ tenants, keys, lookups }),
  ]);
  /** `admitted`, or the code that a request with `token` is refused with. */
  const enter = async (token: string): Promise<string> => {
    try {
      const caller = await authenticate(`Bearer ${token}`);
      await activeTenant(caller, tenants);
      return caller.scopes.has('events:write') ? 'admitted' : 'insufficient_scope';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const jwt = await signer.sign({ exp: NOW_MS / 1000 + 3_600 });
  return { key, sha256, jwt, signer, keySet, documents, put, reads, enter };
}

/** Asks every five seconds for a minute, as a customer does who goes on; the caches are kept warm by that. */
async function goOnForAMinute(enter: () => Promise<string>): Promise<string> {
  for (let passedMs = 0; passedMs < MINUTE_MS - 5_000; passedMs += 5_000) {
    await vi.advanceTimersByTimeAsync(5_000);
    await enter();
  }
  await vi.advanceTimersByTimeAsync(5_000);
  return enter();
}

test('a key that is revoked is refused within a minute', async () => {
  const { key, sha256, documents, enter } = await setUp();
  expect(await enter(key)).toBe('admitted');
  documents.delete(`apiKeys/${sha256}`);
  expect(await goOnForAMinute(() => enter(key))).toBe('invalid_credentials');
});

test('a customer who comes every 20 s waits for no read after the first, and those of half a minute are one request', async () => {
  const { key, reads, enter } = await setUp();
  await enter(key);
  reads.latencyMs = 100;
  const before = reads.requests;
  for (let round = 1; round <= 5; round++) {
    await vi.advanceTimersByTimeAsync(20_000);
    // The clock stands still: who waited for a read, or for others to be gathered, would wait for ever.
    expect(await enter(key)).toBe('admitted');
    await vi.advanceTimersByTimeAsync(350);
    expect(reads.requests).toBe(before + round);
  }
});

test('a key that is revoked is refused to the second when what is known of it is half a minute old', async () => {
  const { key, sha256, documents, enter } = await setUp();
  await enter(key);
  documents.delete(`apiKeys/${sha256}`);
  await vi.advanceTimersByTimeAsync(29_999);
  expect(await enter(key)).toBe('admitted');
  await vi.advanceTimersByTimeAsync(1);
  expect(await enter(key)).toBe('invalid_credentials');
});

test('of several keys of a tenant, one is revoked and the others go on', async () => {
  const { key, sha256, documents, put, enter } = await setUp();
  const other = makeApiKey(ACME);
  put(`apiKeys/${other.sha256}`, { tenantId: 'acme', scopes: ['events:write'] });
  expect([await enter(key), await enter(other.key)]).toEqual(['admitted', 'admitted']);
  documents.delete(`apiKeys/${sha256}`);
  await goOnForAMinute(() => enter(key));
  expect([await enter(key), await enter(other.key)]).toEqual(['invalid_credentials', 'admitted']);
});

test('a key is refused from the second on at which it expires, without a read', async () => {
  const { key, sha256, put, reads, enter } = await setUp();
  put(`apiKeys/${sha256}`, {
    tenantId: 'acme',
    scopes: ['events:write'],
    expiresAt: new Date(NOW_MS + 2_000).toISOString(),
  });
  expect(await enter(key)).toBe('admitted');
  const before = reads.count;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await enter(key)).toBe('invalid_credentials');
  expect(reads.count).toBe(before);
});

test('a tenant that is suspended is refused within a minute, whatever it comes with', async () => {
  const { key, jwt, put, enter } = await setUp();
  expect([await enter(key), await enter(jwt)]).toEqual(['admitted', 'admitted']);
  put('tenants/acme', toTenantDocument(settingsOf('acme', { status: 'suspended' })));
  expect(await goOnForAMinute(() => enter(jwt))).toBe('tenant_suspended');
  expect(await enter(key)).toBe('tenant_suspended');
});

test.each([
  ['a member who is removed', { members: [] }, 'insufficient_scope'],
  ['a member who may less', { members: [{ subject: 'ada', role: 'analyst' }] }, 'insufficient_scope'],
  ['an issuer that is removed', { issuers: [] }, 'invalid_credentials'],
])('%s is refused half a minute later, although the token was verified since', async (_name, settings, code) => {
  const { jwt, signer, put, enter } = await setUp();
  expect(await enter(jwt)).toBe('admitted');
  put('tenants/acme', toTenantDocument(settingsOf('acme', settings)));
  await vi.advanceTimersByTimeAsync(14_000);
  const newer = await signer.sign({ exp: NOW_MS / 1000 + 3_600, jti: 'newer' });
  expect(await enter(newer)).toBe('admitted');
  await vi.advanceTimersByTimeAsync(16_000);
  expect([await enter(newer), await enter(jwt)]).toEqual([code, code]);
});

test('a token that was verified is not believed beyond its end', async () => {
  const { signer, enter } = await setUp();
  const token = await signer.sign({ exp: NOW_MS / 1000 + 10 });
  await vi.advanceTimersByTimeAsync(39_000);
  expect(await enter(token)).toBe('admitted');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await enter(token)).toBe('invalid_credentials');
});

test('a key that an issuer took back signs nothing any more, five minutes and a half later', async () => {
  const { signer, keySet, enter } = await setUp();
  const token = await signer.sign({ exp: NOW_MS / 1000 + 3_600 });
  expect(await enter(token)).toBe('admitted');
  keySet.length = 0;
  for (let seconds = 0; seconds < 330; seconds += 5) {
    await vi.advanceTimersByTimeAsync(5_000);
    await enter(token);
  }
  expect(await enter(token)).toBe('invalid_credentials');
});

test('Firestore down: who was admitted goes on, and nobody is called invalid', async () => {
  const { key, jwt, reads, enter } = await setUp();
  expect([await enter(key), await enter(jwt)]).toEqual(['admitted', 'admitted']);
  reads.isDown = true;
  expect(await goOnForAMinute(() => enter(key))).toBe('admitted');
  expect(await enter(jwt)).toBe('admitted');
  expect(await enter(makeApiKey(ACME).key)).toBe('settings_unavailable');
});

test('ten thousand requests of one customer cost what one does', async () => {
  const { key, jwt, reads, enter } = await setUp();
  for (let request = 0; request < 5_000; request++)
    expect([await enter(key), await enter(jwt)]).toEqual(['admitted', 'admitted']);
  // The key, whether it was revoked, and the tenant.
  expect(reads.count).toBe(3);
});

const READS_OF_A_KEY = 2;
const SECONDS = 9;
const MADE_UP_A_SECOND = 1_000;

test.each([
  ['keys of one tenant', () => makeApiKey(ACME).key, 100, READS_OF_A_KEY, 'too_many_unknown_credentials'],
  [
    'keys of ever another tenant',
    (index: number) => makeApiKey(TenantId.parse(`made-up-${index}`)).key,
    500,
    READS_OF_A_KEY,
    'overloaded',
  ],
  [
    'JWTs of ever another tenant',
    (index: number) => unsigned({ alg: 'ES256' }, { ...someClaims(), tenant_id: `made-up-${index}` }),
    500,
    1,
    'overloaded',
  ],
])(
  '1,000 made-up %s a second for nine seconds cost a bounded number of reads, and lock out nobody who is known',
  async (_name, make, perSecond, readsOfEach, code) => {
    const { key, jwt, reads, enter } = await setUp();
    expect([await enter(key), await enter(jwt)]).toEqual(['admitted', 'admitted']);
    const before = reads.count;
    const outcomes: Promise<string>[] = [];
    for (let index = 0; index < SECONDS * MADE_UP_A_SECOND; index++) {
      outcomes.push(enter(make(index)));
      if (index % 10 === 9) await vi.advanceTimersByTimeAsync(10);
      if (index % 500 === 0) expect([await enter(key), await enter(jwt)]).toEqual(['admitted', 'admitted']);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    const codes: Record<string, number> = {};
    for (const outcome of await Promise.all(outcomes)) codes[outcome] = (codes[outcome] ?? 0) + 1;
    expect(Object.keys(codes).sort()).toEqual(['invalid_credentials', code]);
    // As many as may begin at once beside them, and those that wait at the end.
    expect(codes['invalid_credentials']).toBeGreaterThan(perSecond * SECONDS);
    expect(codes['invalid_credentials']).toBeLessThanOrEqual(perSecond * (SECONDS + 2));
    // What the customer's own refreshes cost beside that.
    const read = codes['invalid_credentials']! * readsOfEach;
    expect(reads.count - before).toBeGreaterThanOrEqual(read);
    expect(reads.count - before).toBeLessThanOrEqual(read + 6);
  },
);

test('a made-up key that comes again is not looked up again, and spends nothing', async () => {
  const { reads, enter } = await setUp();
  const { key } = makeApiKey(ACME);
  for (let request = 0; request < 1_000; request++) expect(await enter(key)).toBe('invalid_credentials');
  expect(reads.count).toBe(READS_OF_A_KEY);
});

test('a flood of made-up keys is answered alike for a tenant that lives, one that is suspended and none', async () => {
  const answersFor = async (tenant: string): Promise<string[]> => {
    const { put, reads, enter } = await setUp();
    put('tenants/globex', toTenantDocument(settingsOf('globex')));
    put('tenants/tyrell', toTenantDocument(settingsOf('tyrell', { status: 'suspended' })));
    const answers: string[] = [];
    const credentials = Array.from({ length: 300 }, (_, index) =>
      index % 2 === 0
        ? makeApiKey(TenantId.parse(tenant)).key
        : unsigned({ alg: 'ES256' }, { ...someClaims(), tenant_id: tenant, jti: String(index) }),
    );
    // Once more, when what there is to know of the tenant is held, and as who was told to come back.
    for (const credential of [...credentials, ...credentials]) {
      answers.push(`${await enter(credential)}, ${reads.count} reads`);
      await vi.advanceTimersByTimeAsync(1);
    }
    return answers;
  };
  const [globex, tyrell, nobody] = [await answersFor('globex'), await answersFor('tyrell'), await answersFor('nobody')];
  expect(tyrell).toEqual(globex);
  expect(nobody).toEqual(globex);
  const codes = new Set(globex.map((answer) => answer.split(',')[0]));
  expect(codes).toEqual(new Set(['invalid_credentials', 'too_many_unknown_credentials']));
});
