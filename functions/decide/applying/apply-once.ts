import type { RunInTurn } from '#shared/limits/share/timed-turns.ts';
import type { Applied } from '../profile/apply.ts';
import { EMPTY_PROFILE } from '../profile/profile.ts';
import type { Profile } from '../profile/profile.ts';
import type { AppliedMessage, ProfileChange, ProfileRead, ProfileReading } from '../storage/profile-repository.ts';
import type { SubjectKey } from '../storage/subject-key.ts';

/** A message on its way into its subject's profile. */
export interface Application extends SubjectKey {
  /** Identifies the message among all of its subject's. */
  readonly messageKey: string;
  /** Pure: it is called again, on another profile, after a conflict. What it throws is the message's own fault. */
  readonly apply: (profile: Profile) => Applied;
  /** How long the subject's profile is kept if nothing more comes. */
  readonly retentionMs: number;
}

/** What became of a message. */
export type ApplicationResult =
  | {
      readonly status: 'applied' | 'duplicate';
      readonly message: AppliedMessage;
      readonly failures: Applied['failures'];
    }
  /** `apply` threw; nothing was changed. */
  | { readonly status: 'refused'; readonly error: unknown };

/** What is to be done in one commit of one subject. */
export interface SubjectGroup {
  readonly key: SubjectKey;
  readonly applications: readonly Application[];
  /** Keys of messages applied before whose decisions have been published. */
  readonly published: ReadonlySet<string>;
}

/** What to read before {@link applyGroup}. */
export function readFor({ key, applications }: SubjectGroup): ProfileRead {
  return { ...key, messageKeys: [...new Set(applications.map(({ messageKey }) => messageKey))] };
}

/**
 * Applies the messages of one subject, each once and in a turn of its own: those that the reading knows, and second copies in
 * the group, change nothing.
 *
 * @returns a result for each message, in order, and the change to commit before any of them is true; undefined where there
 * is none.
 */
export async function applyGroup(
  { key, applications, published }: SubjectGroup,
  reading: ProfileReading,
  inTurn: RunInTurn,
): Promise<{ readonly results: readonly ApplicationResult[]; readonly change: ProfileChange | undefined }> {
  const applied = new Map<string, AppliedMessage>();
  let profile = reading.profile ?? EMPTY_PROFILE;
  let retentionMs = 0;
  const applyOne = (application: Application): ApplicationResult => {
    const { messageKey } = application;
    const known = reading.applied.get(messageKey) ?? applied.get(messageKey);
    if (known !== undefined) return { status: 'duplicate', message: known, failures: [] };
    try {
      const { profile: after, decisions, failures } = application.apply(profile);
      profile = after;
      retentionMs = application.retentionMs;
      const message: AppliedMessage = { decisions, published: decisions.length === 0 };
      applied.set(messageKey, message);
      return { status: 'applied', message, failures };
    } catch (error) {
      return { status: 'refused', error };
    }
  };
  const results: ApplicationResult[] = [];
  for (const application of applications) results.push(await inTurn(key.tenantId, 0, () => applyOne(application)));
  if (applied.size === 0) return { results, change: undefined };
  return { results, change: { ...key, profile, basedOn: reading.version, applied, published, retentionMs } };
}
