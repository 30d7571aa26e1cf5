import { setImmediate } from 'node:timers/promises';
import { FieldPath, FieldValue, Timestamp } from '@google-cloud/firestore';
import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import type { Decision } from '#shared/events/decision.ts';
import { appliedDocumentPath, oldAppliedDocumentPath } from '#shared/naming/firestore-paths.ts';
import { APPLIED_RETENTION_MS } from '../profile/limits.ts';
import type { Profile } from '../profile/profile.ts';
import { NO_MARKS } from './marks.ts';
import { ConflictError, UnstorableError } from './profile-repository.ts';
import type { AppliedMessage, ProfileRead, ProfileRepository } from './profile-repository.ts';
import { messageIdOf, subjectPathOf } from './subject-key.ts';
import { appliedIn, changed } from './subject-record.ts';
import type { SubjectRecord } from './subject-record.ts';

/** NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED: how a precondition fails. */
const GRPC_CONFLICTS: readonly unknown[] = [5, 6, 9, 10];

/** A document over 1 MiB, for instance. */
const GRPC_INVALID_ARGUMENT = 3;

/** Below Firestore's 10 MiB for a request: beyond, it answers as if it were overloaded. */
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;

/** What is parsed, or written as JSON, in one go: 1 to 2 ms. Fifty large profiles would hold up other tenants' pushes for 200. */
const BYTES_IN_ONE_GO = 500_000;

/**
 * `tenants/{tenant}/subjects/{subject}`: a {@link SubjectRecord}. The profile is one field of JSON: properties may hold what
 * Firestore cannot (arrays of arrays), each map entry would be an index entry, and decoding hundreds of values takes longer
 * than the rest of an event's way. No field should be indexed. `expireAt` is the field of the collection group's TTL policy.
 */
interface SubjectDocument {
  readonly subject: string;
  readonly state: string;
  /** Absent in a document of the form before, whose messages all have documents by their old names. */
  readonly marks?: Buffer;
  /** JSON, by message id. */
  readonly unpublished?: Readonly<Record<string, string>>;
  readonly documentsUntilMs?: number;
  readonly oldDocumentsUntilMs?: number;
  readonly expireAt?: Timestamp;
}

/** `tenants/{tenant}/applied/{message id}`. `expireAt` is the field of the collection group's TTL policy. */
interface MessageDocument {
  readonly expireAt: Timestamp;
  /** JSON, and `published`, only where there are decisions. */
  readonly decisions?: string;
  readonly published?: boolean;
}

/** A state of a subject's document. */
interface Version {
  readonly updateTime: Timestamp;
  readonly record: SubjectRecord;
  /** Of the profile as JSON, in characters. */
  readonly stateLength: number;
}

/**
 * Keeps profiles in Firestore.
 *
 * A commit is one atomic write whose preconditions are the versions of the profiles that were read, so what is read and
 * what is written are one transaction: two round trips for any number of subjects, and no locks that others would wait for.
 * Marks that have moved into documents did so in a commit of their profile; so they may be read after it, in a third.
 *
 * @param nowMs wall clock
 * @see https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#precondition
 */
export function createFirestoreProfiles(firestore: Firestore, nowMs: () => number = Date.now): ProfileRepository {
  /** By message key, those of one read that only a document may know. */
  function documentsFor(read: ProfileRead, record: SubjectRecord | undefined): [string, DocumentReference][] {
    if (record === undefined) return [];
    const now = nowMs();
    const names = [
      ...(record.documentsUntilMs > now ? [newPathOf] : []),
      ...(record.oldDocumentsUntilMs > now ? [oldPathOf] : []),
    ];
    if (names.length === 0) return [];
    return read.messageKeys
      .filter((messageKey) => appliedIn(record, messageIdOf(read, messageKey)) === undefined)
      .flatMap((messageKey) =>
        names.map((name): [string, DocumentReference] => [messageKey, firestore.doc(name(read, messageKey))]),
      );
  }

  return {
    async read(reads) {
      const snapshots = await firestore.getAll(...reads.map((read) => firestore.doc(subjectPathOf(read))));
      const versions: (Version | undefined)[] = [];
      const pause = createPause();
      for (const snapshot of snapshots) {
        const version = versionIn(snapshot);
        versions.push(version);
        const pausing = pause(version?.stateLength ?? 0);
        if (pausing !== undefined) await pausing;
      }
      const wanted = reads.map((read, i) => documentsFor(read, versions[i]?.record));
      const refs = wanted.flatMap((documents) => documents.map(([, ref]) => ref));
      const documents = refs.length === 0 ? [] : await firestore.getAll(...refs);
      let next = 0;
      return reads.map((read, i) => {
        const version = versions[i];
        const applied = new Map<string, AppliedMessage>();
        for (const messageKey of read.messageKeys) {
          const message = version && appliedIn(version.record, messageIdOf(read, messageKey));
          if (message !== undefined) applied.set(messageKey, message);
        }
        for (const [messageKey] of wanted[i] ?? []) {
          const message = messageIn(documents[next++]);
          if (message !== undefined) applied.set(messageKey, message);
        }
        return { profile: version?.record.profile, version, applied };
      });
    },

    async commit(changes) {
      const batch = firestore.batch();
      const pause = createPause();
      let bytes = 0;
      for (const change of changes) {
        const before = change.basedOn as Version | undefined;
        const { record, documents } = changed(before?.record, change, nowMs());
        const document = documentOf(change.subject, record, nowMs() + change.retentionMs);
        const ref = firestore.doc(subjectPathOf(change));
        const documentBytes = bytesOf(document);
        bytes += documentBytes;
        if (bytes > MAX_COMMIT_BYTES) throw new UnstorableError(`more than ${MAX_COMMIT_BYTES} bytes in one commit`);
        if (before === undefined) batch.create(ref, document);
        else batch.update(ref, { ...document }, { lastUpdateTime: before.updateTime });
        for (const { id, decisions, expireAtMs } of documents) {
          const moved = { expireAt: Timestamp.fromMillis(expireAtMs), ...decisionFields(decisions) };
          bytes += Buffer.byteLength(moved.decisions ?? '');
          batch.set(firestore.doc(appliedDocumentPath(change.tenantId, id)), moved satisfies MessageDocument);
        }
        const pausing = pause(documentBytes);
        if (pausing !== undefined) await pausing;
      }
      if (bytes > MAX_COMMIT_BYTES) throw new UnstorableError(`more than ${MAX_COMMIT_BYTES} bytes in one commit`);
      try {
        await batch.commit();
      } catch (error) {
        throw namedError(error);
      }
    },

    async markPublished(key, messageKeys) {
      const paths = [...messageKeys].map((messageKey) => new FieldPath('unpublished', messageIdOf(key, messageKey)));
      const [first, ...others] = paths;
      if (first === undefined) return;
      const deletions = others.flatMap((path) => [path, FieldValue.delete()]);
      await firestore.doc(subjectPathOf(key)).update(first, FieldValue.delete(), ...deletions);
    },

    async markDocumentPublished(document) {
      await firestore.doc(document).update({ published: true });
    },
  };
}

/** @returns a function that is told of so many bytes that were worked on; a promise where the event loop is to come round first. */
function createPause(): (bytes: number) => Promise<void> | undefined {
  let since = 0;
  return (bytes) => {
    since += bytes;
    if (since < BYTES_IN_ONE_GO) return undefined;
    since = 0;
    return setImmediate();
  };
}

function newPathOf(read: ProfileRead, messageKey: string): string {
  return appliedDocumentPath(read.tenantId, messageIdOf(read, messageKey));
}

function oldPathOf(read: ProfileRead, messageKey: string): string {
  return oldAppliedDocumentPath(read.tenantId, messageKey);
}

function versionIn(snapshot: DocumentSnapshot): Version | undefined {
  const document = snapshot.data() as SubjectDocument | undefined;
  const { updateTime } = snapshot;
  if (document === undefined || updateTime === undefined) return undefined;
  const { state, marks, unpublished = {}, documentsUntilMs = 0 } = document;
  const record: SubjectRecord = {
    profile: JSON.parse(state) as Profile,
    marks: marks ?? NO_MARKS,
    unpublished: Object.fromEntries(
      Object.entries(unpublished).map(([id, decisions]) => [id, JSON.parse(decisions) as Decision[]]),
    ),
    documentsUntilMs,
    oldDocumentsUntilMs:
      marks === undefined ? updateTime.toMillis() + APPLIED_RETENTION_MS : (document.oldDocumentsUntilMs ?? 0),
  };
  return { updateTime, record, stateLength: state.length };
}

function documentOf(subject: string, record: SubjectRecord, expireAtMs: number): Required<SubjectDocument> {
  return {
    subject,
    state: JSON.stringify(record.profile),
    marks: record.marks,
    unpublished: Object.fromEntries(
      Object.entries(record.unpublished).map(([id, decisions]) => [id, JSON.stringify(decisions)]),
    ),
    documentsUntilMs: record.documentsUntilMs,
    oldDocumentsUntilMs: record.oldDocumentsUntilMs,
    expireAt: Timestamp.fromMillis(expireAtMs),
  };
}

function bytesOf({ state, marks, unpublished }: Required<SubjectDocument>): number {
  const decisions = Object.values(unpublished).reduce((sum, json) => sum + Buffer.byteLength(json), 0);
  return Buffer.byteLength(state) + marks.length + decisions;
}

function messageIn(snapshot: DocumentSnapshot | undefined): AppliedMessage | undefined {
  const document = snapshot?.data() as MessageDocument | undefined;
  if (snapshot === undefined || document === undefined) return undefined;
  return {
    decisions: document.decisions === undefined ? [] : (JSON.parse(document.decisions) as Decision[]),
    published: document.published ?? true,
    document: snapshot.ref.path,
  };
}

function decisionFields(decisions: readonly Decision[]): Pick<MessageDocument, 'decisions' | 'published'> {
  return decisions.length === 0 ? {} : { decisions: JSON.stringify(decisions), published: false };
}

function namedError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (GRPC_CONFLICTS.includes(error.code)) return new ConflictError(error.message, { cause: error });
  if (error.code === GRPC_INVALID_ARGUMENT) return new UnstorableError(error.message, { cause: error });
  return error;
}
