import { type IdempotencyRecords, RecordConflictError, type VersionedRecord } from './records.ts';

/** Keeps records in memory, by the same rules as Firestore. For tests. */
export function createMemoryRecords(): IdempotencyRecords {
  const records = new Map<string, VersionedRecord>();
  let versions = 0;

  function requireVersion(path: string, version: unknown): void {
    if (records.get(path)?.version !== version) throw new RecordConflictError(path);
  }

  return {
    create: async (path, record) => {
      requireVersion(path, undefined);
      records.set(path, { record, version: ++versions });
      return versions;
    },
    read: async (path) => records.get(path),
    replace: async (path, record, version) => {
      requireVersion(path, version);
      records.set(path, { record, version: ++versions });
      return versions;
    },
    remove: async (path, version) => {
      requireVersion(path, version);
      records.delete(path);
    },
  };
}
