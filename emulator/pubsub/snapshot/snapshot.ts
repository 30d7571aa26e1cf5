import type { SavedBacklog } from '../backlog/saved-backlog.ts';
import { durationOf, toMs } from '../protocol/duration.ts';
import type { Labels, Snapshot as SnapshotResource } from '../protocol/resources.ts';
import { DELETED_TOPIC } from '../resource-name.ts';
import type { Topic } from '../topic.ts';
import { checkExpireTime } from './lifetime.ts';

/** A subscription's backlog, as it was when the snapshot was created, with all that was published after it. */
export class Snapshot {
  readonly name: string;
  readonly topic: Topic;
  readonly backlog: SavedBacklog;
  readonly #latestExpireTimeMs: number;
  #expireTimeMs: number;
  #labels: Labels | undefined;

  constructor(name: string, topic: Topic, backlog: SavedBacklog, expireTimeMs: number, labels: Labels | undefined) {
    this.name = name;
    this.topic = topic;
    this.backlog = backlog;
    this.#latestExpireTimeMs = expireTimeMs;
    this.#expireTimeMs = expireTimeMs;
    this.#labels = labels;
  }

  /** The snapshot as the service returns it. */
  get resource(): SnapshotResource {
    return {
      name: this.name,
      topic: this.topic.isDeleted ? DELETED_TOPIC : this.topic.name,
      expireTime: durationOf(this.#expireTimeMs),
      ...(this.#labels && { labels: this.#labels }),
    };
  }

  get expireTimeMs(): number {
    return this.#expireTimeMs;
  }

  /** Changes its labels, and when it expires. @throws StatusError INVALID_ARGUMENT */
  update({ labels, expireTime = {} }: SnapshotResource, nowMs: number): void {
    this.#expireTimeMs = checkExpireTime(toMs(expireTime), nowMs, this.#latestExpireTimeMs);
    this.#labels = labels;
  }
}
