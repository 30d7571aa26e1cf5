import type { Profile } from '../profile/profile.ts';
import { ConflictError } from './profile-repository.ts';
import type { AppliedMessage, ProfileRepository } from './profile-repository.ts';
import { messageIdOf, subjectIdOf } from './subject-key.ts';
import { appliedIn, changed } from './subject-record.ts';
import type { SubjectRecord } from './subject-record.ts';

/**
 * Keeps profiles in memory, by the same rules as Firestore. For tests.
 *
 * @param nowMs wall clock
 */
export function createMemoryProfiles(nowMs: () => number = Date.now): ProfileRepository {
  // A record is never changed: its identity is its version.
  const subjects = new Map<string, SubjectRecord>();
  const documents = new Map<string, AppliedMessage>();
  return {
    read: async (reads) =>
      reads.map((read) => {
        const stored = subjects.get(subjectIdOf(read));
        const applied = new Map<string, AppliedMessage>();
        for (const messageKey of read.messageKeys) {
          const id = messageIdOf(read, messageKey);
          const message = stored && (appliedIn(stored, id) ?? documents.get(id));
          if (message !== undefined) applied.set(messageKey, message);
        }
        return { profile: stored?.profile, version: stored, applied };
      }),
    commit: async (changes) => {
      for (const change of changes) {
        if (subjects.get(subjectIdOf(change)) !== change.basedOn) throw new ConflictError(subjectIdOf(change));
      }
      for (const change of changes) {
        const after = changed(change.basedOn as SubjectRecord | undefined, change, nowMs());
        subjects.set(subjectIdOf(change), { ...after.record, profile: asStored(after.record.profile) });
        for (const { id, decisions } of after.documents) {
          documents.set(id, { decisions, published: decisions.length === 0, document: id });
        }
      }
    },
    markPublished: async (key, messageKeys) => {
      const stored = subjects.get(subjectIdOf(key));
      if (stored === undefined) throw new Error(`${subjectIdOf(key)}: no such subject`);
      const published = new Set([...messageKeys].map((messageKey) => messageIdOf(key, messageKey)));
      const unpublished = Object.entries(stored.unpublished).filter(([id]) => !published.has(id));
      subjects.set(subjectIdOf(key), { ...stored, unpublished: Object.fromEntries(unpublished) });
    },
    markDocumentPublished: async (document) => {
      const message = documents.get(document);
      if (message === undefined) throw new Error(`${document}: no such document`);
      documents.set(document, { ...message, published: true });
    },
  };
}

/** What is stored is JSON. */
function asStored(profile: Profile): Profile {
  return JSON.parse(JSON.stringify(profile)) as Profile;
}
