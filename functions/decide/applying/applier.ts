import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { createTimedTurns } from '#shared/limits/share/timed-turns.ts';
import type { RunInTurn } from '#shared/limits/share/timed-turns.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { ConflictError, UnstorableError } from '../storage/profile-repository.ts';
import type { AppliedMessage, ProfileRepository } from '../storage/profile-repository.ts';
import { applyGroup, readFor } from './apply-once.ts';
import type { Application, ApplicationResult, SubjectGroup } from './apply-once.ts';
import { backoffMs } from './backoff.ts';
import { TenantQueue } from './tenant-queue.ts';

export interface ApplierOptions {
  readonly profiles: ProfileRepository;
  /** Default: turns among what this applier applies. */
  readonly inTurn?: RunInTurn;
  /** For one read or one commit. */
  readonly storageDeadlineMs?: number;
  /** How long a message is tried whose subject others keep changing. Below what a push may take: a failed one is delivered again later. */
  readonly patienceMs?: number;
  /** In [0, 1): spreads what is tried again. */
  readonly random?: () => number;
}

export interface Applier {
  /** @throws what storage fails with; whether the message was applied is then not known, and it must be sent again. */
  readonly apply: (application: Application) => Promise<ApplicationResult>;
  /** Records that the message's decisions were published: with the next commit of its subject, where one is about to come. */
  readonly markPublished: (application: Application, message: AppliedMessage) => Promise<void>;
}

const QUEUE_LIMITS = { maxRunning: 4, maxBatchMessages: 50, worthwhileBatchMessages: 20 };

/**
 * Applies messages to profiles, each exactly once: a message and the mark that it was applied are committed together.
 * Messages that come in together are read and committed together, never those of two tenants.
 */
export function createApplier(options: ApplierOptions): Applier {
  const { profiles, inTurn = createTimedTurns(), storageDeadlineMs = 8_000 } = options;
  const { patienceMs = 30_000, random = Math.random } = options;
  const queues = new Map<TenantId, TenantQueue>();

  /** By itself, where no change of the profile takes it along. */
  async function markPublished({ key, published }: SubjectGroup): Promise<void> {
    if (published.size === 0) return;
    await withDeadline(profiles.markPublished(key, published), storageDeadlineMs, 'marking messages as published');
  }

  async function attempt(groups: readonly SubjectGroup[]): Promise<(readonly ApplicationResult[])[]> {
    const readings = await withDeadline(profiles.read(groups.map(readFor)), storageDeadlineMs, 'reading profiles');
    const outcomes = await Promise.all(
      groups.map((group, i) => {
        const reading = readings[i];
        if (reading === undefined) throw new Error('a profile was not read');
        return applyGroup(group, reading, inTurn);
      }),
    );
    const changes = outcomes.flatMap(({ change }) => change ?? []);
    if (changes.length > 0) await withDeadline(profiles.commit(changes), storageDeadlineMs, 'committing profiles');
    const unchanged = groups.filter((_, i) => outcomes[i]?.change === undefined);
    // A mark that is missing only costs a publication more.
    await Promise.allSettled(unchanged.map(markPublished));
    return outcomes.map(({ results }) => results);
  }

  async function attemptAlone(group: SubjectGroup): Promise<readonly ApplicationResult[]> {
    const { applications } = group;
    if (applications.length === 0) {
      await markPublished(group);
      return [];
    }
    try {
      const [results = []] = await attempt([group]);
      return results;
    } catch (error) {
      if (!(error instanceof UnstorableError)) throw error;
      if (applications.length === 1) return [{ status: 'refused', error }];
      const results: ApplicationResult[] = [];
      for (const one of applications) results.push(...(await attemptAlone({ ...group, applications: [one] })));
      return results;
    }
  }

  /** One subject fails a whole commit: all are then applied one by one, so that only the one at fault waits or is refused. */
  function applyGroups(groups: readonly SubjectGroup[]): Promise<readonly ApplicationResult[]>[] {
    const withMessages = groups.filter(({ applications }) => applications.length > 0);
    if (withMessages.length < 2) return groups.map(attemptAlone);
    const together = attempt(withMessages);
    return groups.map(async (group) => {
      const i = withMessages.indexOf(group);
      if (i === -1) return attemptAlone(group);
      try {
        return (await together)[i] ?? [];
      } catch (error) {
        if (error instanceof ConflictError || error instanceof UnstorableError) return attemptAlone(group);
        throw error;
      }
    });
  }

  function queueOf(tenantId: TenantId): TenantQueue {
    const known = queues.get(tenantId);
    if (known !== undefined) return known;
    const queue = new TenantQueue({
      ...QUEUE_LIMITS,
      applyGroups,
      patienceMs,
      backoffMs: (conflicts) => backoffMs(conflicts, random()),
      onIdle: () => queues.delete(tenantId),
    });
    queues.set(tenantId, queue);
    return queue;
  }

  return {
    apply: (application) => queueOf(application.tenantId).add(application),
    markPublished: async (application, { document }) => {
      if (document === undefined) await queueOf(application.tenantId).markPublished(application);
      else
        await withDeadline(
          profiles.markDocumentPublished(document),
          storageDeadlineMs,
          'marking a message as published',
        );
    },
  };
}
