import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Change, Database } from '../documents/database.ts';
import { databaseOf, splitName } from '../documents/names.ts';
import { FirestoreError } from '../errors.ts';
import type { Document, StructuredQuery, Timestamp } from '../protocol.ts';
import { runQuery } from '../query/run-query.ts';
import { compareTimestamps } from '../values/compare.ts';

interface Target {
  targetId?: number;
  documents?: { documents: string[] };
  query?: { parent: string; structuredQuery?: StructuredQuery };
  resumeToken?: Uint8Array;
}

export interface ListenRequest {
  database: string;
  addTarget?: Target;
  removeTarget?: number;
}

type ListenResponse =
  | { targetChange: { targetChangeType: string; targetIds?: number[]; readTime?: Timestamp; resumeToken?: Buffer } }
  | { documentChange: { document: Document; targetIds: number[] } }
  | { documentDelete: { document: string; removedTargetIds: number[]; readTime: Timestamp } }
  | { documentRemove: { document: string; removedTargetIds: number[]; readTime: Timestamp } };

interface Listening {
  find: () => Document[];
  mayConcern: (change: Change) => boolean;
  seen: Map<string, Document>;
}

/**
 * Serves one `Listen` stream: each target gets all it holds, then what each commit changes of it. A query is evaluated
 * anew for a commit in one of its collections. Resume tokens are answered with a reset and everything again.
 */
export function listen(
  call: ServerDuplexStream<ListenRequest, ListenResponse>,
  open: (name: string) => Database,
): void {
  const targets = new Map<number, Listening>();
  let stop: (() => void) | undefined;

  const snapshot = (readTime: Timestamp): void => {
    call.write({ targetChange: { targetChangeType: 'NO_CHANGE', readTime, resumeToken: resumeToken(readTime) } });
  };

  const refresh = (targetId: number, target: Listening, database: Database, readTime: Timestamp): void => {
    const found = new Map(target.find().map((document) => [document.name, document]));
    for (const name of target.seen.keys()) {
      if (found.has(name)) continue;
      const gone = { document: name, removedTargetIds: [targetId], readTime };
      call.write(database.store.get(name) === undefined ? { documentDelete: gone } : { documentRemove: gone });
    }
    for (const [name, document] of found) {
      const before = target.seen.get(name);
      if (before !== undefined && compareTimestamps(before.updateTime, document.updateTime) === 0) continue;
      call.write({ documentChange: { document, targetIds: [targetId] } });
    }
    target.seen = found;
  };

  const add = (database: Database, target: Target): void => {
    const targetId = target.targetId === undefined || target.targetId === 0 ? 1 : target.targetId;
    const listening = toListening(database, target);
    targets.set(targetId, listening);
    stop ??= database.onCommit((changes, readTime) => {
      const concerned = [...targets].filter(([, one]) => changes.some(one.mayConcern));
      for (const [id, one] of concerned) refresh(id, one, database, readTime);
      if (concerned.length > 0) snapshot(readTime);
    });
    const readTime = database.now();
    const about = { targetIds: [targetId] };
    call.write({ targetChange: { targetChangeType: 'ADD', ...about } });
    if ((target.resumeToken?.length ?? 0) > 0) call.write({ targetChange: { targetChangeType: 'RESET', ...about } });
    refresh(targetId, listening, database, readTime);
    for (const name of target.documents?.documents ?? []) {
      if (listening.seen.has(name)) continue;
      call.write({ documentDelete: { document: name, removedTargetIds: [targetId], readTime } });
    }
    const resume = { readTime, resumeToken: resumeToken(readTime) };
    call.write({ targetChange: { targetChangeType: 'CURRENT', ...about, ...resume } });
    snapshot(readTime);
  };

  call.on('data', (request: ListenRequest) => {
    try {
      if (request.addTarget !== undefined) add(open(databaseOf(request.database)), request.addTarget);
      else if (request.removeTarget !== undefined) {
        targets.delete(request.removeTarget);
        call.write({ targetChange: { targetChangeType: 'REMOVE', targetIds: [request.removeTarget] } });
      }
    } catch (error) {
      stop?.();
      call.emit('error', error);
    }
  });
  call.on('end', () => {
    stop?.();
    call.end();
  });
  call.on('cancelled', () => stop?.());
  call.on('error', () => stop?.());
}

function toListening(database: Database, { query, documents }: Target): Listening {
  const seen = new Map<string, Document>();
  if (query?.structuredQuery !== undefined) {
    const { parent, structuredQuery } = query;
    return {
      seen,
      find: () => runQuery(database.store, parent, structuredQuery),
      mayConcern: ({ name }) => {
        const { collection } = splitName(name);
        return collection.startsWith(`${parent}/`);
      },
    };
  }
  if (documents === undefined) throw new FirestoreError('INVALID_ARGUMENT', 'A target is a query or documents.');
  const names = new Set(documents.documents);
  return {
    seen,
    find: () => [...names].map((name) => database.store.get(name)).filter((document) => document !== undefined),
    mayConcern: ({ name }) => names.has(name),
  };
}

function resumeToken({ seconds, nanos }: Timestamp): Buffer {
  return Buffer.from(`${seconds}.${nanos ?? 0}`);
}
