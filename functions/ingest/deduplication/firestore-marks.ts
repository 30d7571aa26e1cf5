import { type Firestore, Timestamp } from '@google-cloud/firestore';
import { acceptedDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { MarkStore } from './mark-store.ts';

/** Of documents in one call: smaller ones go side by side, and none comes near the limits of a request. */
const MAX_DOCUMENTS = 500;

/**
 * Keeps marks in Firestore, a document each with nothing but `expireAt`, the field of the collection group's TTL policy. It
 * deletes within a day of it: what is read may be over.
 */
export function createFirestoreMarks(firestore: Pick<Firestore, 'doc' | 'getAll' | 'batch'>): MarkStore {
  return {
    async read(tenantId, digests) {
      const marks = new Map<string, number>();
      const reads = chunksOf(digests).map(async (chunk) => {
        const snapshots = await firestore.getAll(
          ...chunk.map((digest) => firestore.doc(acceptedDocumentPath(tenantId, digest))),
        );
        for (const snapshot of snapshots) {
          const expireAt: unknown = snapshot.get('expireAt');
          if (expireAt instanceof Timestamp) marks.set(snapshot.id, expireAt.toMillis());
        }
      });
      await Promise.all(reads);
      return marks;
    },

    async write(tenantId, digests, expiresAtMs) {
      const mark = { expireAt: Timestamp.fromMillis(expiresAtMs) };
      const commits = chunksOf(digests).map((chunk) => {
        const batch = firestore.batch();
        for (const digest of chunk) batch.set(firestore.doc(acceptedDocumentPath(tenantId, digest)), mark);
        return batch.commit();
      });
      await Promise.all(commits);
    },
  };
}

function chunksOf(digests: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let start = 0; start < digests.length; start += MAX_DOCUMENTS) {
    chunks.push(digests.slice(start, start + MAX_DOCUMENTS));
  }
  return chunks;
}
