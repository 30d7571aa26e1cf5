import type { Firestore } from '@google-cloud/firestore';
import type { DenialReason } from '#shared/audit/audit-record.ts';
import { BoundedAgeCache } from '#shared/caching/bounded-age-cache.ts';
import { apiKeyDocumentPath } from '#shared/naming/firestore-paths.ts';
import { type ApiKeyRecord, fromApiKeyDocument } from './api-key-document.ts';
import { parseApiKey } from './api-key.ts';
import type { CredentialVerifier, Denied } from './authenticator.ts';

/** Reads what is known of a key. `undefined`: there is no such key. Rejects when that cannot be found out. */
export type LoadApiKey = (sha256: string) => Promise<ApiKeyRecord | undefined>;

const CACHE = {
  maxEntries: 10_000,
  freshMs: 30_000,
  staleMs: 3_600_000,
  absentMs: 5_000,
  loadDeadlineMs: 2_000,
  retryMs: 1_000,
};

/** As many characters of a key's digest as tell keys apart in a log. */
const CREDENTIAL_ID_CHARACTERS = 12;

/** @see {@link createApiKeyVerifier} */
export function loadApiKeyFrom(firestore: Firestore): LoadApiKey {
  return async (sha256) => {
    const snapshot = await firestore.doc(apiKeyDocumentPath(sha256)).get();
    return snapshot.exists ? fromApiKeyDocument(snapshot.data()) : undefined;
  };
}

/**
 * Accepts API keys. What is known of a key is at most half a minute old while Firestore answers, so a revoked key is
 * refused within that time, and at most an hour old while it does not.
 */
export function createApiKeyVerifier(load: LoadApiKey, now: () => number = Date.now): CredentialVerifier {
  const records = new BoundedAgeCache<ApiKeyRecord>({ ...CACHE, load });

  return async (token) => {
    const key = parseApiKey(token);
    if (key === undefined) return undefined;
    const credentialId = key.sha256.slice(0, CREDENTIAL_ID_CHARACTERS);
    const denied = (reason: DenialReason): Denied => ({
      denial: { reason, credentialKind: 'api_key', credentialId, claimedTenantId: key.tenantId },
    });
    const record = await records.get(key.sha256);
    if (record === undefined) return denied('unknown_key');
    if (record.tenantId !== key.tenantId) return denied('wrong_tenant');
    if (record.expiresAtMs !== undefined && record.expiresAtMs <= now()) return denied('expired');
    const { tenantId, projectId, scopes } = record;
    return { tenantId, projectId, scopes, credentialId, credentialKind: 'api_key' };
  };
}
