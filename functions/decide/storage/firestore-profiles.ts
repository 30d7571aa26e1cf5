import { Timestamp } from '@google-cloud/firestore';
import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import type { Decision } from '#shared/events/decision.ts';
import { appliedDocumentPath, subjectDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { APPLIED_RETENTION_MS } from '../profile/limits.ts';
import type { Profile } from '../profile/profile.ts';
import { ConflictError, UnstorableError } from './profile-repository.ts';
import type { AppliedMessage, ProfileRead, ProfileRepository, SubjectKey } from './profile-repository.ts';

/** NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED: how a precondition fails. */
const GRPC_CONFLICTS: readonly unknown[] = [5, 6, 9, 10];

/** A document over 1 MiB, for instance. */
const GRPC_INVALID_ARGUMENT = 3;

/** Below Firestore's 10 MiB for a request: beyond, it answers as if it were overloaded. */
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;

/**
 * `tenants/{tenant}/subjects/{subject}`. The profile is one field of JSON: properties may hold what Firestore cannot
 * (arrays of arrays), each map entry would be an index entry, and decoding hundreds of values takes longer than the rest
 * of an event's way. The field should be exempt from indexing.
 */
interface SubjectDocument {
  readonly subject: string;
  readonly state: string;
}

/** `tenants/{tenant}/applied/{message key}`. `expireAt` is the field of the collection group's TTL policy. */
interface AppliedDocument {
  readonly expireAt: Timestamp;
  /** JSON, and `published`, only where there are decisions. */
  readonly decisions?: string;
  readonly published?: boolean;
}

/**
 * Keeps profiles in Firestore.
 *
 * A commit is one atomic write whose preconditions are the versions that were read (`updateTime` for the profile, absence
 * for each message applied), so what is read and what is written are one transaction: two round trips for any number of
 * subjects, and no locks that others would wait for.
 *
 * @param nowMs wall clock
 * @see https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#precondition
 */
export function createFirestoreProfiles(firestore: Firestore, nowMs: () => number = Date.now): ProfileRepository {
  const subjectRef = ({ tenantId, subject }: SubjectKey): DocumentReference =>
    firestore.doc(subjectDocumentPath(tenantId, subject));
  const appliedRef = (tenantId: TenantId, messageKey: string): DocumentReference =>
    firestore.doc(appliedDocumentPath(tenantId, messageKey));

  return {
    async read(reads) {
      const refs = reads.flatMap((read) => [
        subjectRef(read),
        ...read.messageKeys.map((key) => appliedRef(read.tenantId, key)),
      ]);
      const snapshots = await firestore.getAll(...refs);
      let next = 0;
      return reads.map((read) => {
        const snapshot = snapshots[next];
        const messages = snapshots.slice(next + 1, (next += 1 + read.messageKeys.length));
        return { profile: profileIn(snapshot), version: snapshot?.updateTime, applied: appliedIn(read, messages) };
      });
    },

    async commit(changes) {
      const expireAt = Timestamp.fromMillis(nowMs() + APPLIED_RETENTION_MS);
      const batch = firestore.batch();
      let bytes = 0;
      for (const change of changes) {
        const document: SubjectDocument = { subject: change.subject, state: JSON.stringify(change.profile) };
        bytes += Buffer.byteLength(document.state);
        if (change.basedOn === undefined) batch.create(subjectRef(change), document);
        else batch.update(subjectRef(change), { ...document }, { lastUpdateTime: change.basedOn as Timestamp });
        for (const [key, message] of change.applied) {
          batch.create(appliedRef(change.tenantId, key), {
            expireAt,
            ...decisionFields(message),
          } satisfies AppliedDocument);
        }
      }
      if (bytes > MAX_COMMIT_BYTES) throw new UnstorableError(`${bytes} bytes in one commit`);
      try {
        await batch.commit();
      } catch (error) {
        throw namedError(error);
      }
    },

    async markPublished(tenantId, messageKey) {
      await appliedRef(tenantId, messageKey).update({ published: true });
    },
  };
}

function profileIn(snapshot: DocumentSnapshot | undefined): Profile | undefined {
  const state: unknown = snapshot?.get('state');
  return typeof state === 'string' ? (JSON.parse(state) as Profile) : undefined;
}

function appliedIn(read: ProfileRead, snapshots: readonly DocumentSnapshot[]): Map<string, AppliedMessage> {
  const applied = new Map<string, AppliedMessage>();
  for (const [i, messageKey] of read.messageKeys.entries()) {
    const document = snapshots[i]?.data() as AppliedDocument | undefined;
    if (document === undefined) continue;
    applied.set(messageKey, {
      decisions: document.decisions === undefined ? [] : (JSON.parse(document.decisions) as Decision[]),
      published: document.published ?? true,
    });
  }
  return applied;
}

function decisionFields({ decisions, published }: AppliedMessage): Pick<AppliedDocument, 'decisions' | 'published'> {
  return decisions.length === 0 ? {} : { decisions: JSON.stringify(decisions), published };
}

function namedError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (GRPC_CONFLICTS.includes(error.code)) return new ConflictError(error.message, { cause: error });
  if (error.code === GRPC_INVALID_ARGUMENT) return new UnstorableError(error.message, { cause: error });
  return error;
}
