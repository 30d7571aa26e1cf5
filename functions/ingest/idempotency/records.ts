import type { IdempotencyRecord } from './record.ts';

/** A record, and what its state is recognised by. */
export interface VersionedRecord {
  readonly record: IdempotencyRecord;
  readonly version: unknown;
}

/** Since it was read the record was written, or made, or removed by somebody else. Nothing was written. */
export class RecordConflictError extends Error {
  override readonly name = 'RecordConflictError';
}

/** Where records are kept, by path. Each method may also fail with the errors of what is behind it. */
export interface IdempotencyRecords {
  /** @returns its version. @throws {RecordConflictError} where there is one. */
  create(path: string, record: IdempotencyRecord): Promise<unknown>;
  read(path: string): Promise<VersionedRecord | undefined>;
  /** @returns its new version. @throws {RecordConflictError} where the record is not at `version`. */
  replace(path: string, record: IdempotencyRecord, version: unknown): Promise<unknown>;
  /** @throws {RecordConflictError} where the record is not at `version`. */
  remove(path: string, version: unknown): Promise<void>;
}
