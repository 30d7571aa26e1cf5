import type { DenialReason } from '#shared/audit/audit-record.ts';
import { BoundedAgeCache } from '#shared/caching/bounded-age-cache.ts';
import { DOCUMENT_AGES, type ReadDocuments } from '#shared/gathering/document-reads.ts';
import { apiKeyDocumentPath, revocationDocumentPath } from '#shared/naming/firestore-paths.ts';
import { type ApiKeyRecord, fromApiKeyDocument, revokedAsOf } from './api-key-document.ts';
import { credentialIdOf, parseApiKey } from './api-key.ts';
import type { CredentialVerifier, Denied } from './authenticator.ts';
import type { Lookups } from './lookups/lookups.ts';

/**
 * Reads what is known of a key. `undefined`: there is no such key. Rejects when that cannot be found out.
 *
 * @param mayWait whether it may wait for others for a while, because nobody waits for it.
 */
export type LoadApiKey = (sha256: string, mayWait: boolean) => Promise<ApiKeyRecord | undefined>;

const MAX_KEYS = 10_000;

/** @see {@link createApiKeyVerifier} */
export function loadApiKeyFrom(read: ReadDocuments): LoadApiKey {
  return async (sha256, mayWait) => {
    const [key, revocation] = await read([apiKeyDocumentPath(sha256), revocationDocumentPath(sha256)], mayWait);
    return key?.exists ? revokedAsOf(fromApiKeyDocument(key.data()), revocation?.data()) : undefined;
  };
}

export interface ApiKeyVerifierDeps {
  readonly load: LoadApiKey;
  /** For keys that are not held. */
  readonly lookups: Lookups;
  /** Unix milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Accepts API keys. What is known of a key is at most half a minute old while Firestore answers, so a revoked key is
 * refused within that time, and at most an hour old while it does not. Keys that nobody has seen cost a read of Firestore
 * each, in turns and up to a bound; beyond it they are not called invalid, because nobody knows.
 *
 * No secret is ever compared, so there is no comparison whose time could tell how much of a guess is right. A key is looked
 * up by the SHA-256 of its whole text: keys that differ in one character have digests that have nothing in common, and a
 * guesser cannot choose digests. What time does tell is whether this very key was asked about a moment ago, which is nothing
 * to who has it already. Each well-formed key, known, unknown, expired or of another tenant, takes the same steps: one
 * digest, one look-up in the same cache, and past it a read by that digest.
 */
export function createApiKeyVerifier({ load, lookups, now = Date.now }: ApiKeyVerifierDeps): CredentialVerifier {
  const records = new BoundedAgeCache<ApiKeyRecord>({ ...DOCUMENT_AGES, load, maxEntries: MAX_KEYS });

  return async (token) => {
    const key = parseApiKey(token);
    if (key === undefined) return undefined;
    const credentialId = credentialIdOf(key.sha256);
    const denied = (reason: DenialReason): Denied => ({
      denial: { reason, credentialKind: 'api_key', credentialId, claimedTenantId: key.tenantId },
    });
    if (!records.holds(key.sha256)) {
      const unverified = { claimedTenantId: key.tenantId, digest: key.sha256 };
      await lookups.run(unverified, () => records.get(key.sha256));
    }
    const record = await records.get(key.sha256);
    if (record === undefined) return denied('unknown_key');
    if (record.tenantId !== key.tenantId) return denied('wrong_tenant');
    if (record.expiresAtMs !== undefined && record.expiresAtMs <= now()) return denied('expired');
    const { tenantId, projectId, scopes } = record;
    return { tenantId, projectId, scopes, credentialId, credentialKind: 'api_key' };
  };
}
