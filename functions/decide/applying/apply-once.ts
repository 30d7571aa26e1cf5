import type { RunInTurn } from '#shared/limits/share/timed-turns.ts';
import type { Applied } from '../profile/apply.ts';
import { EMPTY_PROFILE } from '../profile/profile.ts';
import type { Profile } from '../profile/profile.ts';
import type {
  AppliedMessage,
  ProfileChange,
  ProfileRead,
  ProfileReading,
  SubjectKey,
} from '../storage/profile-repository.ts';

/** A message on its way into its subject's profile. */
export interface Application extends SubjectKey {
  /** Identifies the message among all of the tenant's: with another subject it is the same message still. */
  readonly messageKey: string;
  /** Pure: it is called again, on another profile, after a conflict. What it throws is the message's own fault. */
  readonly apply: (profile: Profile) => Applied;
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

/** Messages of one subject. */
export type SubjectGroup = readonly [Application, ...Application[]];

/** What to read before {@link applyGroup}. */
export function readFor(group: SubjectGroup): ProfileRead {
  const [{ tenantId, subject }] = group;
  return { tenantId, subject, messageKeys: [...new Set(group.map(({ messageKey }) => messageKey))] };
}

/**
 * Applies the messages of one subject, each once and in a turn of its own: those that the reading knows, and second copies in
 * the group, change nothing.
 *
 * @returns a result for each message, in order, and the change to commit before any of them is true; undefined where there
 * is none.
 */
export async function applyGroup(
  group: SubjectGroup,
  reading: ProfileReading,
  inTurn: RunInTurn,
): Promise<{ readonly results: readonly ApplicationResult[]; readonly change: ProfileChange | undefined }> {
  const [{ tenantId, subject }] = group;
  const applied = new Map<string, AppliedMessage>();
  let profile = reading.profile ?? EMPTY_PROFILE;
  const applyOne = ({ messageKey, apply }: Application): ApplicationResult => {
    const known = reading.applied.get(messageKey) ?? applied.get(messageKey);
    if (known !== undefined) return { status: 'duplicate', message: known, failures: [] };
    try {
      const { profile: after, decisions, failures } = apply(profile);
      profile = after;
      const message: AppliedMessage = { decisions, published: decisions.length === 0 };
      applied.set(messageKey, message);
      return { status: 'applied', message, failures };
    } catch (error) {
      return { status: 'refused', error };
    }
  };
  const results: ApplicationResult[] = [];
  for (const application of group) results.push(await inTurn(tenantId, 0, () => applyOne(application)));
  const change = applied.size === 0 ? undefined : { tenantId, subject, profile, basedOn: reading.version, applied };
  return { results, change };
}
