import type { Clock } from '../clock/clock.ts';
import { checkLabels } from '../labels.ts';
import type { Labels } from '../protocol/resources.ts';
import { alreadyExists, notFound, StatusError } from '../protocol/status.ts';
import { parseResourceName } from '../resource-name.ts';
import type { Subscription } from '../subscription.ts';
import { expireTimeMs } from './lifetime.ts';
import { Snapshot } from './snapshot.ts';

/** @see https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_SNAPSHOTS_PER_PROJECT = 5_000;

/** All snapshots of all projects. One that has expired is gone at that very moment. */
export class Snapshots {
  readonly #clock: Clock;
  readonly #byName = new Map<string, Snapshot>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  [Symbol.iterator](): Iterator<Snapshot> {
    this.expire();
    return this.#byName.values();
  }

  /** @throws StatusError ALREADY_EXISTS, FAILED_PRECONDITION, INVALID_ARGUMENT, RESOURCE_EXHAUSTED */
  create(name: string, subscription: Subscription, labels: Labels | undefined): Snapshot {
    const { project, id } = parseResourceName('snapshots', name);
    checkLabels(labels);
    const prefix = `projects/${project}/`;
    const count = [...this].filter((other) => other.name.startsWith(prefix)).length;
    if (this.#byName.has(name)) throw alreadyExists(id);
    if (count >= MAX_SNAPSHOTS_PER_PROJECT) {
      throw new StatusError('RESOURCE_EXHAUSTED', `The project already has ${MAX_SNAPSHOTS_PER_PROJECT} snapshots.`);
    }
    const nowMs = this.#clock.now();
    const backlog = subscription.saveBacklog();
    try {
      const expiresMs = expireTimeMs(nowMs, backlog.oldestPublishTimeMs(nowMs));
      const snapshot = new Snapshot(name, subscription.topic, backlog, expiresMs, labels);
      this.#byName.set(name, snapshot);
      return snapshot;
    } catch (error) {
      backlog.close();
      throw error;
    }
  }

  /** @throws StatusError NOT_FOUND, or INVALID_ARGUMENT when that is no name of a snapshot */
  get(name = ''): Snapshot {
    this.expire();
    const snapshot = this.#byName.get(name);
    if (!snapshot) throw notFound(parseResourceName('snapshots', name).id);
    return snapshot;
  }

  /** What only it held is gone. */
  delete(snapshot: Snapshot): void {
    this.#byName.delete(snapshot.name);
    snapshot.backlog.close();
  }

  /** Deletes those whose time is over. */
  expire(): void {
    const nowMs = this.#clock.now();
    for (const snapshot of this.#byName.values()) if (snapshot.expireTimeMs <= nowMs) this.delete(snapshot);
  }
}
