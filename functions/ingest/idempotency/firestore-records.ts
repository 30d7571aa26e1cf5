import { type DocumentData, FieldValue, type Firestore, Timestamp } from '@google-cloud/firestore';
import { z } from 'zod';
import { Status, statusOf } from '#shared/publishing/grpc-status.ts';
import type { IdempotencyRecord } from './record.ts';
import { type IdempotencyRecords, RecordConflictError } from './records.ts';

/** How a precondition fails. */
const CONFLICTS: ReadonlySet<number> = new Set([
  Status.NOT_FOUND,
  Status.ALREADY_EXISTS,
  Status.FAILED_PRECONDITION,
  Status.ABORTED,
]);

/**
 * The document. `expireAt` is the field of the collection group's TTL policy, which deletes within a day of it: what is read
 * may be too old. The others are exempt from indexing; `state` is JSON, so that they are few.
 */
const RecordDocument = z.object({
  expireAt: z.instanceof(Timestamp),
  state: z.string(),
  answer: z.instanceof(Uint8Array).optional(),
});

const State = z.object({ fingerprint: z.string(), owner: z.string(), leaseExpiresAtMs: z.number() });

/**
 * Keeps records in Firestore. Each write carries the version that it is based on (absence, or `updateTime`) as a
 * precondition, so that of two attempts only one can begin, and one that lost its lease cannot overwrite its successor's
 * answer.
 *
 * @see https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#precondition
 */
export function createFirestoreRecords(firestore: Pick<Firestore, 'doc'>): IdempotencyRecords {
  return {
    async create(path, record) {
      return (await orConflict(firestore.doc(path).create(toDocument(record)))).writeTime;
    },
    async read(path) {
      const snapshot = await firestore.doc(path).get();
      const document = snapshot.data();
      return document === undefined ? undefined : { record: fromDocument(document), version: snapshot.updateTime };
    },
    async replace(path, record, version) {
      const document = { ...toDocument(record), answer: record.answer ?? FieldValue.delete() };
      const precondition = { lastUpdateTime: version as Timestamp };
      return (await orConflict(firestore.doc(path).update(document, precondition))).writeTime;
    },
    async remove(path, version) {
      await orConflict(firestore.doc(path).delete({ lastUpdateTime: version as Timestamp }));
    },
  };
}

function toDocument({ expiresAtMs, answer, fingerprint, owner, leaseExpiresAtMs }: IdempotencyRecord): DocumentData {
  const state: z.infer<typeof State> = { fingerprint, owner, leaseExpiresAtMs };
  return {
    expireAt: Timestamp.fromMillis(expiresAtMs),
    state: JSON.stringify(state),
    ...(answer === undefined ? {} : { answer }),
  };
}

function fromDocument(document: DocumentData): IdempotencyRecord {
  const { expireAt, state, answer } = RecordDocument.parse(document);
  return { ...State.parse(JSON.parse(state)), expiresAtMs: expireAt.toMillis(), answer };
}

async function orConflict<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write;
  } catch (error) {
    if (!CONFLICTS.has(statusOf(error))) throw error;
    throw new RecordConflictError('the record is not as it was', { cause: error });
  }
}
