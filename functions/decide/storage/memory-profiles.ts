import type { TenantId } from '#shared/naming/tenant-id.ts';
import { ConflictError } from './profile-repository.ts';
import type { AppliedMessage, ProfileRepository, SubjectKey } from './profile-repository.ts';

interface StoredSubject {
  readonly state: string;
  readonly version: number;
}

/** Keeps profiles in memory, by the same rules as Firestore. For tests. */
export function createMemoryProfiles(): ProfileRepository {
  const subjects = new Map<string, StoredSubject>();
  const applied = new Map<string, AppliedMessage>();
  const subjectId = ({ tenantId, subject }: SubjectKey): string => JSON.stringify([tenantId, subject]);
  const messageId = (tenantId: TenantId, messageKey: string): string => JSON.stringify([tenantId, messageKey]);
  return {
    read: async (reads) =>
      reads.map((read) => {
        const stored = subjects.get(subjectId(read));
        return {
          profile: stored === undefined ? undefined : JSON.parse(stored.state),
          version: stored?.version,
          applied: new Map(
            read.messageKeys.flatMap((key) => {
              const message = applied.get(messageId(read.tenantId, key));
              return message === undefined ? [] : [[key, message] as const];
            }),
          ),
        };
      }),
    commit: async (changes) => {
      const messages = changes.flatMap(({ tenantId, applied: added }) =>
        [...added].map(([key, message]) => [messageId(tenantId, key), message] as const),
      );
      for (const change of changes) {
        if (subjects.get(subjectId(change))?.version !== change.basedOn) throw new ConflictError(subjectId(change));
      }
      const created = new Set<string>();
      for (const [id] of messages) {
        if (applied.has(id) || created.has(id)) throw new ConflictError(id);
        created.add(id);
      }
      for (const change of changes) {
        const version = (subjects.get(subjectId(change))?.version ?? 0) + 1;
        subjects.set(subjectId(change), { state: JSON.stringify(change.profile), version });
      }
      for (const [id, message] of messages) applied.set(id, message);
    },
    markPublished: async (tenantId, messageKey) => {
      const id = messageId(tenantId, messageKey);
      const message = applied.get(id);
      if (message === undefined) throw new Error(`${messageKey} was not applied`);
      applied.set(id, { ...message, published: true });
    },
  };
}
