import { ConflictError } from './profile-repository.ts';
import type { AppliedMessage, ProfileRepository, SubjectKey } from './profile-repository.ts';

interface StoredSubject {
  readonly state: string;
  readonly version: number;
  readonly applied: ReadonlyMap<string, AppliedMessage>;
}

/** Keeps profiles in memory, by the same rules as Firestore. For tests. */
export function createMemoryProfiles(): ProfileRepository {
  const subjects = new Map<string, StoredSubject>();
  const idOf = ({ tenantId, subject }: SubjectKey): string => JSON.stringify([tenantId, subject]);
  return {
    read: async (reads) =>
      reads.map((read) => {
        const stored = subjects.get(idOf(read));
        return {
          profile: stored === undefined ? undefined : JSON.parse(stored.state),
          version: stored?.version,
          applied: new Map([...(stored?.applied ?? [])].filter(([key]) => read.messageKeys.includes(key))),
        };
      }),
    commit: async (changes) => {
      for (const change of changes) {
        const stored = subjects.get(idOf(change));
        const isAppliedAlready = change.applied.keys().some((key) => stored?.applied.has(key));
        if (stored?.version !== change.basedOn || isAppliedAlready) throw new ConflictError(idOf(change));
      }
      for (const change of changes) {
        const stored = subjects.get(idOf(change));
        subjects.set(idOf(change), {
          state: JSON.stringify(change.profile),
          version: (stored?.version ?? 0) + 1,
          applied: new Map([...(stored?.applied ?? []), ...change.applied]),
        });
      }
    },
    markPublished: async (key, messageKey) => {
      const stored = subjects.get(idOf(key));
      const message = stored?.applied.get(messageKey);
      if (stored === undefined || message === undefined) throw new Error(`${messageKey} was not applied`);
      const applied = new Map([...stored.applied, [messageKey, { ...message, published: true }]]);
      subjects.set(idOf(key), { ...stored, applied });
    },
  };
}
