import type { Decision } from '#shared/events/decision.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { Profile } from '../profile/profile.ts';

export interface SubjectKey {
  readonly tenantId: TenantId;
  readonly subject: string;
}

/** A subject's profile as it was read. */
interface StoredProfile {
  /** Undefined where nothing has been applied yet. */
  readonly profile: Profile | undefined;
  /** What the repository recognizes this state of the profile by. */
  readonly version: unknown;
}

/** That a message was applied, and what it brought about. */
export interface AppliedMessage {
  /** Made when it was applied. Recorded with it, so that whoever sees the message again can publish what was not published. */
  readonly decisions: readonly Decision[];
  readonly published: boolean;
}

/** What to read of a subject. `messageKeys` identify messages, of the tenant, that may have been applied: to whichever subject. */
export interface ProfileRead extends SubjectKey {
  readonly messageKeys: readonly string[];
}

export interface ProfileReading extends StoredProfile {
  /** By message key: those of the messages asked for that were applied. */
  readonly applied: ReadonlyMap<string, AppliedMessage>;
}

/** A new state of a subject's profile, and the messages that led to it. */
export interface ProfileChange extends SubjectKey {
  readonly profile: Profile;
  /** Of the reading that `profile` was derived from. */
  readonly basedOn: unknown;
  readonly applied: ReadonlyMap<string, AppliedMessage>;
}

/** Since it was read, the profile was changed, or one of the messages was applied, by somebody else. Nothing was written. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** The changes cannot be stored, now or later. Nothing was written. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError';
}

/**
 * Keeps profiles, and remembers which messages were applied to them: for longer than Pub/Sub can deliver a message again.
 *
 * Each method may fail with the errors of what is behind it, and then may or may not have had its effect.
 */
export interface ProfileRepository {
  /** @returns one reading for each read, in order. */
  read(reads: readonly ProfileRead[]): Promise<readonly ProfileReading[]>;
  /**
   * Writes all of the changes or none. No two of them may be for one subject, or apply one message.
   *
   * @throws {ConflictError} when any of them is not based on the present state.
   * @throws {UnstorableError} when any of them, or all together, are more than can be stored.
   */
  commit(changes: readonly ProfileChange[]): Promise<void>;
  /** Records that the message's decisions were published. */
  markPublished(tenantId: TenantId, messageKey: string): Promise<void>;
}
