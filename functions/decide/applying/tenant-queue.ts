import type { Application, ApplicationResult, SubjectGroup } from './apply-once.ts';

interface Waiting {
  readonly application: Application;
  readonly resolve: (result: ApplicationResult) => void;
  readonly reject: (error: unknown) => void;
}

/** More messages of one tenant are waiting than this instance takes on. */
class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** Applies groups of messages, one group a subject. For each group, a promise of its results in order. */
type ApplyGroups = (groups: readonly SubjectGroup[]) => readonly Promise<readonly ApplicationResult[]>[];

export interface TenantQueueOptions {
  readonly applyGroups: ApplyGroups;
  readonly maxWaiting: number;
  /** Batches at a time. */
  readonly maxRunning: number;
  readonly maxBatchMessages: number;
  /** While a batch is running, the next leaves beside it only with this many; fewer gather until one has finished. */
  readonly worthwhileBatchMessages: number;
  /** Nothing waits and nothing is under way. */
  readonly onIdle: () => void;
}

/**
 * Gathers a tenant's messages into batches. A batch leaves at once where none is running, so a quiet tenant waits for
 * nobody; under load, batches grow, and with them the rate. A subject is in one batch at a time, so messages of a busy
 * subject do not contend with each other: they gather, and are applied together. So is a message: with another subject, the
 * second copy waits, and then meets the mark that the first one left.
 */
export class TenantQueue {
  readonly #options: TenantQueueOptions;
  readonly #busySubjects = new Set<string>();
  readonly #busyMessages = new Set<string>();
  #waiting: Waiting[] = [];
  #running = 0;
  #isScheduled = false;

  constructor(options: TenantQueueOptions) {
    this.#options = options;
  }

  /** @throws {QueueFullError}, and what `applyGroups` throws. */
  async add(application: Application): Promise<ApplicationResult> {
    if (this.#waiting.length >= this.#options.maxWaiting)
      throw new QueueFullError(`${this.#waiting.length} messages wait`);
    const { promise, resolve, reject } = Promise.withResolvers<ApplicationResult>();
    this.#waiting.push({ application, resolve, reject });
    this.#schedule();
    return promise;
  }

  /** After what else is ready to run, so that requests that arrived together leave together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#running < this.#options.maxRunning) {
      if (this.#running > 0 && this.#waiting.length < this.#options.worthwhileBatchMessages) return;
      const batch = this.#take();
      if (batch.length === 0) return;
      this.#running += 1;
      void Promise.all(this.#run(batch)).then(() => {
        this.#running -= 1;
        if (this.#running === 0 && this.#waiting.length === 0) this.#options.onIdle();
        else this.#schedule();
      });
    }
  }

  /** Takes the oldest messages that are in no running batch, nor their subjects. */
  #take(): Waiting[] {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    const subjects = new Map<string, string>();
    for (const waiting of this.#waiting) {
      const { subject, messageKey } = waiting.application;
      const isFree =
        !this.#busySubjects.has(subject) &&
        !this.#busyMessages.has(messageKey) &&
        (subjects.get(messageKey) ?? subject) === subject;
      const takes = isFree && taken.length < this.#options.maxBatchMessages;
      if (takes) subjects.set(messageKey, subject);
      (takes ? taken : left).push(waiting);
    }
    this.#waiting = left;
    return taken;
  }

  #run(batch: readonly Waiting[]): Promise<void>[] {
    const bySubject = [...Map.groupBy(batch, ({ application }) => application.subject)];
    const groups = bySubject.map(([, group]) => group.map(({ application }) => application) as unknown as SubjectGroup);
    const outcomes = this.#options.applyGroups(groups);
    return bySubject.map(async ([subject, group], i) => {
      this.#busySubjects.add(subject);
      for (const { application } of group) this.#busyMessages.add(application.messageKey);
      try {
        const results = await outcomes[i];
        for (const [j, { resolve, reject }] of group.entries()) {
          const result = results?.[j];
          if (result === undefined) reject(new Error('no result'));
          else resolve(result);
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      } finally {
        this.#busySubjects.delete(subject);
        for (const { application } of group) this.#busyMessages.delete(application.messageKey);
        if (this.#waiting.length > 0) this.#schedule();
      }
    });
  }
}
