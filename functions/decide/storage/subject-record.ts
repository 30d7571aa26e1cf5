import type { Decision } from '#shared/events/decision.ts';
import { APPLIED_RETENTION_MS } from '../profile/limits.ts';
import type { Profile } from '../profile/profile.ts';
import { countOf, dayOf, hasMark, marksIn, NO_MARKS, since, withMarks, withoutMarks } from './marks.ts';
import type { Marks } from './marks.ts';
import type { AppliedMessage, ProfileChange } from './profile-repository.ts';
import { messageIdOf } from './subject-key.ts';
import type { MessageId } from './subject-key.ts';

/**
 * What is stored of a subject, in one document: its profile, which messages led to it, and which of their decisions may not
 * be published yet. So an event takes one read and one write.
 *
 * The document remembers {@link MAX_MARKS} messages, for 38 days: 27 a day, 18 bytes each, 18 KiB. Of a subject that gets
 * more, the oldest move into documents of their own as new ones come; from then on its messages look there too, until the
 * last of those has expired. Decisions wait here until they are published, up to 64 KiB; the oldest beyond move likewise.
 * With the profile's 900 KiB and the ids of 300 decisions that is at most 993 KiB of the 1,024 of a Firestore document.
 */
export interface SubjectRecord {
  readonly profile: Profile;
  readonly marks: Marks;
  /** By message: decisions of which it is not known that they were published. All have a mark. */
  readonly unpublished: Readonly<Record<MessageId, readonly Decision[]>>;
  /** Until then messages may have a document of their own. 0: none ever had. */
  readonly documentsUntilMs: number;
  /** Until then messages may have a document by the name that documents had before this form of the record. 0: none. */
  readonly oldDocumentsUntilMs: number;
}

/** What a message takes with it that moves out of the record. */
export interface AppliedDocument {
  readonly id: MessageId;
  readonly decisions: readonly Decision[];
  readonly expireAtMs: number;
}

export const MAX_MARKS = 1024;
export const MAX_UNPUBLISHED_BYTES = 64 * 1024;

const DAY_MS = 24 * 60 * 60 * 1000;
/** A mark's age is known to the day. */
const RETENTION_DAYS = APPLIED_RETENTION_MS / DAY_MS + 1;

/** What the record knows of a message; undefined where it knows nothing. */
export function appliedIn(record: SubjectRecord, id: MessageId): AppliedMessage | undefined {
  if (!hasMark(record.marks, id)) return undefined;
  const decisions = record.unpublished[id];
  return decisions === undefined ? { decisions: [], published: true } : { decisions, published: false };
}

/** The record after a change, and the documents of messages for which it has no room any more. */
export function changed(
  before: SubjectRecord | undefined,
  change: ProfileChange,
  nowMs: number,
): { readonly record: SubjectRecord; readonly documents: readonly AppliedDocument[] } {
  const today = dayOf(nowMs);
  const idOf = (messageKey: string): MessageId => messageIdOf(change, messageKey);
  const added = [...change.applied].map(([messageKey, message]) => ({ id: idOf(messageKey), message }));
  const kept = since(before?.marks ?? NO_MARKS, today - RETENTION_DAYS);
  const all = withMarks(
    kept,
    added.map(({ id }) => id),
    today,
  );
  const published = new Set([...change.published].map(idOf));
  const waiting = Object.fromEntries([
    ...Object.entries(before?.unpublished ?? {}).filter(([id]) => !published.has(id) && hasMark(kept, id)),
    ...added.filter(({ message }) => !message.published).map(({ id, message }) => [id, message.decisions] as const),
  ]);
  const documents = beyondLimits(all, waiting);
  const moved = new Set(documents.map(({ id }) => id));
  return {
    record: {
      profile: change.profile,
      marks: moved.size === 0 ? all : withoutMarks(all, moved),
      unpublished: Object.fromEntries(Object.entries(waiting).filter(([id]) => !moved.has(id))),
      documentsUntilMs: documents.reduce(
        (latest, { expireAtMs }) => Math.max(latest, expireAtMs),
        stillAt(nowMs, before?.documentsUntilMs),
      ),
      oldDocumentsUntilMs: stillAt(nowMs, before?.oldDocumentsUntilMs),
    },
    documents,
  };
}

/** The oldest, as many as are too many; and the oldest with decisions, until the others' decisions fit. */
function beyondLimits(marks: Marks, unpublished: SubjectRecord['unpublished']): AppliedDocument[] {
  let surplus = countOf(marks) - MAX_MARKS;
  const bytesOf = (decisions: readonly Decision[]): number => Buffer.byteLength(JSON.stringify(decisions));
  let bytes = Object.values(unpublished).reduce((sum, decisions) => sum + bytesOf(decisions), 0);
  if (surplus <= 0 && bytes <= MAX_UNPUBLISHED_BYTES) return [];
  const documents: AppliedDocument[] = [];
  for (const { id, day } of marksIn(marks)) {
    const decisions = unpublished[id] ?? [];
    const isSurplus = surplus > 0;
    if (!isSurplus && (decisions.length === 0 || bytes <= MAX_UNPUBLISHED_BYTES)) continue;
    surplus -= 1;
    if (decisions.length > 0) bytes -= bytesOf(decisions);
    documents.push({ id, decisions, expireAtMs: (day + RETENTION_DAYS) * DAY_MS });
  }
  return documents;
}

function stillAt(nowMs: number, untilMs: number | undefined): number {
  return untilMs !== undefined && untilMs > nowMs ? untilMs : 0;
}
