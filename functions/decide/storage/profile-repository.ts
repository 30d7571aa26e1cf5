import type { Decision } from '#shared/events/decision.ts';
import type { Profile } from '../profile/profile.ts';
import type { SubjectKey } from './subject-key.ts';

/** A subject's profile as it was read. */
interface StoredProfile {
  /** Undefined where nothing has been applied yet. */
  readonly profile: Profile | undefined;
  /** What the repository recognizes this state of the profile by. */
  readonly version: unknown;
}

/** That a message was applied, and what it brought about. */
export interface AppliedMessage {
  /** Made when it was applied. Recorded with it until they are published, so that whoever sees the message again can publish them. */
  readonly decisions: readonly Decision[];
  readonly published: boolean;
  /** The path of the document that says so, where it is not the profile's. */
  readonly document?: string;
}

/** What to read of a subject. `messageKeys` identify messages that may have been applied to it. */
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
  /** By message key. */
  readonly applied: ReadonlyMap<string, AppliedMessage>;
  /** Keys of messages applied before, without a document of their own, whose decisions are published now. */
  readonly published: ReadonlySet<string>;
  /** How long the profile is kept if nothing is applied to it any more: longer than messages are remembered. */
  readonly retentionMs: number;
}

/** Since it was read, the profile was changed by somebody else. Nothing was written. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** The changes cannot be stored, now or later. Nothing was written. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError';
}

/**
 * Keeps profiles, and remembers which messages were applied to each: for longer than Pub/Sub can deliver a message again.
 *
 * Each method may fail with the errors of what is behind it, and then may or may not have had its effect.
 */
export interface ProfileRepository {
  /** @returns one reading for each read, in order. */
  read(reads: readonly ProfileRead[]): Promise<readonly ProfileReading[]>;
  /**
   * Writes all of the changes or none. No two of them may be for one subject.
   *
   * @throws {ConflictError} when any of them is not based on the present state.
   * @throws {UnstorableError} when any of them, or all together, are more than can be stored.
   */
  commit(changes: readonly ProfileChange[]): Promise<void>;
  /**
   * Records that decisions of a subject's messages were published, those without a document of their own. Whoever is about
   * to commit a change of the subject is then in conflict.
   */
  markPublished(key: SubjectKey, messageKeys: ReadonlySet<string>): Promise<void>;
  /** The same of a message with a `document` of its own. */
  markDocumentPublished(document: string): Promise<void>;
}
