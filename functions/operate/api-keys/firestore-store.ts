import { type Firestore, type QuerySnapshot, Timestamp, type Transaction } from '@google-cloud/firestore';
import { z } from 'zod';
import { fromApiKeyDocument, revokedAsOf, toApiKeyDocument } from '#shared/auth/api-key-document.ts';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import { apiKeyDocumentPath, COLLECTIONS, revocationDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { ApiKeyStore, ApiKeyWrite, StoredApiKey } from './api-key-store.ts';

const DEADLINE_MS = 8_000;

/** What a key's document may hold besides; a stack's has no `managedBy`, and those of old have no `name`. */
const Particulars = z.object({ name: z.string().default(''), managedBy: z.enum(['api', 'stack']).default('stack') });

/**
 * Keeps API keys in `apiKeys/{sha256}`, which every function reads, and in `apiKeyRevocations/{sha256}` until when one that
 * is the stack's is good.
 */
export function createFirestoreApiKeys(firestore: Firestore): ApiKeyStore {
  const queriesOf = (tenantId: TenantId) =>
    [COLLECTIONS.apiKeys, COLLECTIONS.revocations].map((name) =>
      firestore.collection(name).where('tenantId', '==', tenantId),
    );

  function write(transaction: Transaction, write: ApiKeyWrite, nowMs: number): void {
    const { sha256, tenantId, managedBy } = write.key;
    const reference = firestore.doc(apiKeyDocumentPath(sha256));
    if (write.type === 'create') {
      transaction.create(reference, { ...toApiKeyDocument(write.key), managedBy });
      return;
    }
    const notAfter = Timestamp.fromMillis(write.atMs);
    if (write.atMs <= nowMs) transaction.delete(reference);
    else transaction.update(reference, { expiresAt: notAfter });
    if (managedBy === 'stack') transaction.set(firestore.doc(revocationDocumentPath(sha256)), { tenantId, notAfter });
  }

  return {
    async read(tenantId, nowMs) {
      const [keys, revocations] = await available(Promise.all(queriesOf(tenantId).map((query) => query.get())));
      return keysIn(keys, revocations).filter((key) => isValid(key, nowMs));
    },

    async change(tenantId, nowMs, decide) {
      return available(
        firestore.runTransaction(async (transaction) => {
          const [found, revocations] = await Promise.all(queriesOf(tenantId).map((query) => transaction.get(query)));
          const keys = keysIn(found, revocations);
          const { writes, result } = decide(keys.filter((key) => isValid(key, nowMs)));
          for (const each of writes) write(transaction, each, nowMs);
          // The TTL policy takes a day: whoever makes keys that end at once would have them pile up. The stack's are its own.
          for (const key of writes.length === 0 ? [] : keys) {
            if (!isValid(key, nowMs) && key.managedBy === 'api') {
              transaction.delete(firestore.doc(apiKeyDocumentPath(key.sha256)));
            }
          }
          return result;
        }),
      );
    },
  };
}

function keysIn(found: QuerySnapshot | undefined, revocations: QuerySnapshot | undefined): StoredApiKey[] {
  const revocationOf = new Map(revocations?.docs.map((document) => [document.id, document.data()]));
  return (found?.docs ?? []).map((document) => ({
    ...revokedAsOf(fromApiKeyDocument(document.data()), revocationOf.get(document.id)),
    ...Particulars.parse(document.data()),
    sha256: document.id,
    createdAtMs: document.createTime.toMillis(),
  }));
}

function isValid({ expiresAtMs }: StoredApiKey, nowMs: number): boolean {
  return expiresAtMs === undefined || expiresAtMs > nowMs;
}

async function available<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await withDeadline(work, DEADLINE_MS, 'API keys');
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('api_keys_unavailable', { cause: error });
  }
}
