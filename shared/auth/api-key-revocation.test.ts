import { expect, test } from 'vitest';
import type { ReadDocuments } from '#shared/gathering/document-reads.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { fromApiKeyDocument, revokedAsOf, toApiKeyDocument } from './api-key-document.ts';
import { loadApiKeyFrom } from './api-key-verifier.ts';
import { API_KEY_ID, credentialIdOf, makeApiKey, parseApiKey } from './api-key.ts';

const acme = TenantId.parse('acme');
const record = { tenantId: acme, projectId: undefined, scopes: new Set(['admin'] as const), expiresAtMs: undefined };

test.each([
  [{ 'apiKeys/x': { tenantId: 'acme', scopes: [] } }, { expiresAtMs: undefined }],
  [
    {
      'apiKeys/x': { tenantId: 'acme', scopes: [], expiresAt: '2027-01-01T00:00:00Z' },
      'apiKeyRevocations/x': { tenantId: 'acme', notAfter: '1970-01-01T00:00:01Z' },
    },
    { expiresAtMs: 1_000 },
  ],
  [{ 'apiKeyRevocations/x': { tenantId: 'acme', notAfter: '1970-01-01T00:00:01Z' } }, undefined],
  [{}, undefined],
])('of %j, a key is known as %j', async (documents: Record<string, object>, known) => {
  const read = async (paths: readonly string[]) =>
    paths.map((path) => ({ exists: path in documents, data: () => documents[path] }));
  const loaded = await loadApiKeyFrom(read as unknown as ReadDocuments)('x', false);
  if (known === undefined) expect(loaded).toBeUndefined();
  else expect(loaded).toMatchObject(known);
});

test.each([
  ['nothing', undefined, undefined, undefined],
  ['nothing, of a key that expires', 2_000, undefined, 2_000],
  ['an earlier end', 2_000, 1_000, 1_000],
  ['a later end', 1_000, 2_000, 1_000],
  ['an end', undefined, 1_000, 1_000],
])('revoked: %s', (_, expiresAtMs, notAfterMs, effectiveMs) => {
  const revocation = notAfterMs === undefined ? undefined : { notAfter: { toMillis: () => notAfterMs } };
  expect(revokedAsOf({ ...record, expiresAtMs }, revocation).expiresAtMs).toBe(effectiveMs);
});

test('a revocation that cannot be read lets nobody in', () => {
  expect(() => revokedAsOf(record, { notAfter: 'soon' })).toThrow('notAfter');
});

test('a key that is made is one that is read, and its id tells nothing of it', () => {
  const { key, sha256 } = makeApiKey(acme);
  expect(parseApiKey(key)).toEqual({ tenantId: 'acme', sha256 });
  expect(credentialIdOf(sha256)).toMatch(API_KEY_ID);
  expect(makeApiKey(acme).key).not.toBe(key);
});

test('a document is read as it was written', () => {
  const grant = {
    tenantId: acme,
    name: 'web',
    scopes: new Set(['admin', 'events:write'] as const),
    projectId: ProjectId.parse('web'),
    expiresAtMs: 1_000,
  };
  const document = toApiKeyDocument(grant);
  expect(document['scopes']).toEqual(['events:write', 'admin']);
  expect(document['expiresAt']).toEqual(new Date(1_000));
  const { name: _, ...read } = grant;
  expect(fromApiKeyDocument({ ...document, expiresAt: { toMillis: () => 1_000 } })).toEqual(read);
});
