import { ConflictError } from '../storage/profile-repository.ts';
import { subjectIdOf, subjectKeyOf } from '../storage/subject-key.ts';
import type { SubjectKey } from '../storage/subject-key.ts';
import type { Application, ApplicationResult, SubjectGroup } from './apply-once.ts';

interface Waiting {
  readonly application: Application;
  readonly addedAtMs: number;
  readonly resolve: (result: ApplicationResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A message applied before, of whose decisions it is to be recorded that they were published. */
interface Published {
  readonly messageKey: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What there is to do for one subject. It is in one batch at a time, or backs off; more gathers meanwhile. */
interface Lane {
  readonly key: SubjectKey;
  waiting: Waiting[];
  published: Published[];
  /** Lost in a row to others who changed the subject. */
  conflicts: number;
}

/** A lane's part of a batch. */
interface Taken {
  readonly lane: Lane;
  readonly messages: readonly Waiting[];
  readonly published: readonly Published[];
}

/** Applies groups of messages, one group a subject. For each group, a promise of its results in order. */
type ApplyGroups = (groups: readonly SubjectGroup[]) => readonly Promise<readonly ApplicationResult[]>[];

export interface TenantQueueOptions {
  /** A group that fails with a {@link ConflictError} is applied again. */
  readonly applyGroups: ApplyGroups;
  /** Batches at a time. */
  readonly maxRunning: number;
  readonly maxBatchMessages: number;
  /** While a batch is running, the next leaves beside it only with this many; fewer gather until one has finished. */
  readonly worthwhileBatchMessages: number;
  /** A message that waited this long fails with the next conflict. */
  readonly patienceMs: number;
  /** @param conflicts in a row */
  readonly backoffMs: (conflicts: number) => number;
  /** Nothing waits and nothing is under way. */
  readonly onIdle: () => void;
}

/**
 * Gathers a tenant's messages into batches. A batch leaves at once where none is running, so a quiet tenant waits for
 * nobody; under load, batches grow, and with them the rate. A subject is in one batch at a time, so messages of a busy
 * subject do not contend with each other: they gather, and are applied together.
 *
 * A subject that other instances change as well backs off alone, and what comes meanwhile is applied with what waited: the
 * harder it is to commit, the more each commit carries.
 */
export class TenantQueue {
  readonly #options: TenantQueueOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with messages, in no batch and not backing off, in the order in which they became so. */
  readonly #ready = new Set<Lane>();
  /** Of all lanes. */
  #waitingMessages = 0;
  #running = 0;
  #isScheduled = false;

  constructor(options: TenantQueueOptions) {
    this.#options = options;
  }

  /** @throws {ConflictError} where others kept changing the subject; and what `applyGroups` throws. */
  async add(application: Application): Promise<ApplicationResult> {
    const { promise, resolve, reject } = Promise.withResolvers<ApplicationResult>();
    const lane = this.#laneOf(application);
    lane.waiting.push({ application, addedAtMs: performance.now(), resolve, reject });
    this.#waitingMessages += 1;
    this.#schedule();
    return promise;
  }

  /** Records with the next commit of the subject that a message's decisions were published; where none is due, by itself. */
  async markPublished(application: Application): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { messageKey } = application;
    this.#laneOf(application).published.push({ messageKey, resolve, reject });
    this.#schedule();
    return promise;
  }

  #laneOf(named: SubjectKey): Lane {
    const id = subjectIdOf(named);
    const known = this.#lanes.get(id);
    if (known !== undefined) return known;
    const lane: Lane = { key: subjectKeyOf(named), waiting: [], published: [], conflicts: 0 };
    this.#lanes.set(id, lane);
    this.#ready.add(lane);
    return lane;
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
      if (this.#running > 0 && this.#waitingMessages < this.#options.worthwhileBatchMessages) return;
      const batch = this.#take();
      if (batch.length === 0) return;
      this.#running += 1;
      const outcomes = this.#options.applyGroups(batch.map(groupOf));
      void Promise.all(batch.map((taken, i) => this.#settle(taken, outcomes[i]))).then(() => {
        this.#running -= 1;
        if (!this.#endIfIdle()) this.#schedule();
      });
    }
  }

  /** Takes lanes in turn. One that lost its last commit is a batch of its own: who is with it would lose as well. */
  #take(): Taken[] {
    const batch: Taken[] = [];
    let room = this.#options.maxBatchMessages;
    for (const lane of this.#ready) {
      const isContended = lane.conflicts > 0;
      if (room === 0 || (isContended && batch.length > 0)) break;
      const messages = lane.waiting.splice(0, room);
      const published = lane.published.splice(0);
      room -= messages.length;
      this.#ready.delete(lane);
      this.#waitingMessages -= messages.length;
      batch.push({ lane, messages, published });
      if (isContended) break;
    }
    return batch;
  }

  async #settle(taken: Taken, outcome: Promise<readonly ApplicationResult[]> | undefined): Promise<void> {
    const { lane, messages, published } = taken;
    try {
      const results = await outcome;
      lane.conflicts = 0;
      for (const [i, { resolve, reject }] of messages.entries()) {
        const result = results?.[i];
        if (result === undefined) reject(new Error('no result'));
        else resolve(result);
      }
      for (const { resolve } of published) resolve();
      this.#makeReady(lane);
    } catch (error) {
      if (error instanceof ConflictError) {
        this.#backOff(taken, error);
        return;
      }
      for (const { reject } of [...messages, ...published]) reject(error);
      this.#makeReady(lane);
    }
  }

  #backOff({ lane, messages, published }: Taken, error: ConflictError): void {
    const { patienceMs, backoffMs } = this.#options;
    const since = performance.now() - patienceMs;
    for (const { addedAtMs, reject } of messages) if (addedAtMs <= since) reject(error);
    const again = messages.filter(({ addedAtMs }) => addedAtMs > since);
    lane.waiting.unshift(...again);
    this.#waitingMessages += again.length;
    lane.published.unshift(...published);
    lane.conflicts += 1;
    setTimeout(() => this.#makeReady(lane), backoffMs(lane.conflicts));
  }

  #makeReady(lane: Lane): void {
    if (lane.waiting.length === 0 && lane.published.length === 0) {
      this.#lanes.delete(subjectIdOf(lane.key));
      this.#endIfIdle();
      return;
    }
    this.#ready.add(lane);
    this.#schedule();
  }

  #endIfIdle(): boolean {
    const isIdle = this.#lanes.size === 0 && this.#running === 0;
    if (isIdle) this.#options.onIdle();
    return isIdle;
  }
}

function groupOf({ lane, messages, published }: Taken): SubjectGroup {
  return {
    key: lane.key,
    applications: messages.map(({ application }) => application),
    published: new Set(published.map(({ messageKey }) => messageKey)),
  };
}
