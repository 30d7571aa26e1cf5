import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { fromApiKeyDocument } from './api-key-document.ts';
import { createApiKeyVerifier, type LoadApiKey } from './api-key-verifier.ts';
import { parseApiKey } from './api-key.ts';
import { createAuthenticator } from './authenticator.ts';
import { requireScope } from './caller.ts';
import { UNBOUNDED } from './lookups/fixtures.ts';

const acme = TenantId.parse('acme');
const key = `hg_acme_${'Ab_-'.repeat(10)}xyz`;
const record = {
  tenantId: acme,
  projectId: undefined,
  scopes: new Set(['events:write'] as const),
  expiresAtMs: undefined,
};

function authenticateWith(load: LoadApiKey, nowMs = 0) {
  return createAuthenticator([createApiKeyVerifier({ load, lookups: UNBOUNDED, now: () => nowMs })]);
}

test('a key is named by the SHA-256 of its whole text', () => {
  expect(parseApiKey(key)).toEqual({ tenantId: 'acme', sha256: createHash('sha256').update(key).digest('hex') });
  const ofDashes = `hg_a-b-1_${'_'.repeat(43)}`;
  expect(parseApiKey(ofDashes)?.tenantId).toBe('a-b-1');
});

test.each([
  '',
  'hg_acme_short',
  `${key}x`,
  key.slice(0, -1),
  `${key}\n`,
  key.replace('hg_', 'HG_'),
  key.replace('acme', 'Acme'),
  key.replace('acme', 'platform'),
  key.replace('acme', 'ab'),
  key.replace('-', '+'),
])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeUndefined();
});

test('a caller is who the document says, named in logs by a part of the digest', async () => {
  const load = vi.fn<LoadApiKey>(async () => record);
  const caller = await authenticateWith(load)(`Bearer ${key}`);
  const { sha256 } = parseApiKey(key)!;
  const credentialId = sha256.slice(0, 12);
  const scopes = new Set(['events:write']);
  expect(caller).toEqual({ tenantId: 'acme', scopes, credentialId, credentialKind: 'api_key' });
  expect(load).toHaveBeenCalledExactlyOnceWith(sha256, false);
});

test.each([null, undefined, ''])('%j is a missing credential', async (authorization) => {
  await expect(authenticateWith(async () => record)(authorization)).rejects.toMatchObject({
    code: 'missing_credentials',
  });
});

test.each<[string, string, LoadApiKey]>([
  ['another scheme', `Basic ${key}`, async () => record],
  ['no token', 'Bearer', async () => record],
  ['two tokens', `Bearer ${key} ${key}`, async () => record],
  ['not a key', 'Bearer abc', async () => record],
  ['an unknown key', `Bearer ${key}`, async () => undefined],
  [
    'a key whose document is of another tenant',
    `Bearer ${key}`,
    async () => ({ ...record, tenantId: TenantId.parse('globex') }),
  ],
  ['an expired key', `Bearer ${key}`, async () => ({ ...record, expiresAtMs: 1_000 })],
])('%s is an invalid credential', async (_name, authorization, load) => {
  const refusal = await authenticateWith(load, 1_000)(authorization).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'invalid_credentials' });
});

test('a key is good until it expires', async () => {
  const load = async () => ({ ...record, expiresAtMs: 1_001 });
  expect(await authenticateWith(load, 1_000)(`bearer ${key}`)).toMatchObject({ tenantId: 'acme' });
});

test('where the key cannot be looked up, nobody is called invalid', async () => {
  const load = async () => {
    throw new Error('Firestore is down');
  };
  await expect(authenticateWith(load)(`Bearer ${key}`)).rejects.toMatchObject({ code: 'settings_unavailable' });
});

test('no header makes it throw anything but a refusal', async () => {
  const authenticate = authenticateWith(async () => undefined);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.string().map((token) => `Bearer ${token}`),
      ),
      async (header) => {
        await expect(authenticate(header)).rejects.toMatchObject({ name: 'Refusal', status: 401 });
      },
    ),
  );
});

test('a scope that is not held is refused by name', () => {
  const caller = { ...record, credentialId: 'x', credentialKind: 'api_key' as const };
  expect(() => requireScope(caller, 'events:write')).not.toThrow();
  expect(() => requireScope(caller, 'admin')).toThrow('The scope admin is needed.');
});

test('a document is read with either kind of time, and scopes nobody knows permit nothing', () => {
  const document = { tenantId: 'acme', scopes: ['events:write', 'root'], createdAt: 'x' };
  expect(fromApiKeyDocument(document)).toEqual(record);
  for (const expiresAt of ['1970-01-01T00:00:01Z', { toMillis: () => 1_000 }]) {
    expect(fromApiKeyDocument({ ...document, expiresAt }).expiresAtMs).toBe(1_000);
  }
});

test.each([
  [{ tenantId: 'acme' }, 'scopes'],
  [{ tenantId: 'A', scopes: [] }, 'tenantId'],
  [{ tenantId: 'acme', scopes: [], expiresAt: 'soon' }, 'expiresAt'],
])('the document %j is refused by field', (document, field) => {
  expect(() => fromApiKeyDocument(document)).toThrow(`${field}: `);
});
