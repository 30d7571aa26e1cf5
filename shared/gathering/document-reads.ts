import type { DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import { gather } from './gather.ts';

/**
 * Reads documents: a snapshot for each of `paths`, in their order.
 *
 * @param mayWait whether it may wait for others for a quarter of a second, because nobody waits for it.
 * @throws what Firestore failed with.
 */
export type ReadDocuments = (paths: readonly string[], mayWait: boolean) => Promise<readonly DocumentSnapshot[]>;

/** What a read that may wait waits for others at most. */
const GATHER_MS = 250;

/** How long a cache believes what it read so: the ages of its options. */
export const DOCUMENT_AGES = {
  freshMs: 30_000,
  staleMs: 3_600_000,
  absentMs: 5_000,
  loadDeadlineMs: 2_000,
  retryMs: 1_000,
  gatherMs: GATHER_MS,
  isOneSource: true,
};

/** Reads in one request: 50 keys of two documents each, or the settings of 50 tenants. */
const MAX_READS = 50;

/**
 * Gathers the reads of whoever can wait, because most of what reading a document costs is the request. Whoever cannot has a
 * request of its own, at once: it waits neither for others nor for the size of what they read.
 *
 * One that fails, fails for all that were gathered with it. A document that is absent, or cannot be understood, does not.
 */
export function createDocumentReads(firestore: Pick<Firestore, 'doc' | 'getAll'>): ReadDocuments {
  const read = (paths: readonly string[]): Promise<DocumentSnapshot[]> =>
    firestore.getAll(...paths.map((path) => firestore.doc(path)));
  const gathered = gather<readonly string[], readonly DocumentSnapshot[]>({
    windowMs: GATHER_MS,
    maxItems: MAX_READS,
    handle: async (reads) => {
      const snapshots = await read(reads.flat());
      let end = 0;
      return reads.map((paths) => snapshots.slice(end, (end += paths.length)));
    },
  });
  return (paths, mayWait) => (mayWait ? gathered(paths) : read(paths));
}
