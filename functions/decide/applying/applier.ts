import { setTimeout as delay } from 'node:timers/promises';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { createTimedTurns } from '#shared/limits/share/timed-turns.ts';
import type { RunInTurn } from '#shared/limits/share/timed-turns.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { ConflictError, UnstorableError } from '../storage/profile-repository.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import { applyGroup, readFor } from './apply-once.ts';
import type { Application, ApplicationResult, SubjectGroup } from './apply-once.ts';
import { TenantQueue } from './tenant-queue.ts';

export interface ApplierOptions {
  readonly profiles: ProfileRepository;
  /** Default: turns among what this applier applies. */
  readonly inTurn?: RunInTurn;
  /** For one read or one commit. */
  readonly storageDeadlineMs?: number;
  /** How often a subject is tried that others keep changing. */
  readonly maxAttempts?: number;
  /** Between attempts, doubled each time, and spread. */
  readonly firstBackoffMs?: number;
}

/** @throws what storage fails with; whether the message was applied is then not known, and it must be sent again. */
export type Applier = (application: Application) => Promise<ApplicationResult>;

const QUEUE_LIMITS = { maxWaiting: 2000, maxRunning: 4, maxBatchMessages: 50, worthwhileBatchMessages: 20 };

/**
 * Applies messages to profiles, each exactly once: a message and the mark that it was applied are committed together.
 * Messages that come in together are read and committed together, never those of two tenants.
 */
export function createApplier(options: ApplierOptions): Applier {
  const { profiles, inTurn = createTimedTurns(), storageDeadlineMs = 8_000 } = options;
  const { maxAttempts = 6, firstBackoffMs = 15 } = options;
  const queues = new Map<TenantId, TenantQueue>();

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
    return outcomes.map(({ results }) => results);
  }

  async function retryAlone(group: SubjectGroup): Promise<readonly ApplicationResult[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        const [results = []] = await attempt([group]);
        return results;
      } catch (error) {
        if (error instanceof UnstorableError) return group.map(() => ({ status: 'refused', error }));
        if (!(error instanceof ConflictError) || tries >= maxAttempts) throw error;
        await delay(firstBackoffMs * 2 ** (tries - 1) * (0.5 + Math.random()));
      }
    }
  }

  /** One subject fails a whole commit: all are then applied one by one, so that only the one at fault waits or is refused. */
  function applyGroups(groups: readonly SubjectGroup[]): Promise<readonly ApplicationResult[]>[] {
    const together = attempt(groups);
    return groups.map(async (group, i) => {
      try {
        return (await together)[i] ?? [];
      } catch (error) {
        if (error instanceof ConflictError || error instanceof UnstorableError) return retryAlone(group);
        throw error;
      }
    });
  }

  return (application) => {
    const { tenantId } = application;
    let queue = queues.get(tenantId);
    if (queue === undefined) {
      queue = new TenantQueue({ ...QUEUE_LIMITS, applyGroups, onIdle: () => queues.delete(tenantId) });
      queues.set(tenantId, queue);
    }
    return queue.add(application);
  };
}
