import { Alarm } from './clock/alarm.ts';
import type { Clock } from './clock/clock.ts';
import type { Topic } from './topic.ts';

/** Published messages that may be handed out at that time: for each topic, up to that id. */
interface Batch {
  readonly dueMs: number;
  readonly newestIds: Map<Topic, number>;
}

/**
 * Hands messages out only a few milliseconds after their publisher was answered, so that `id = await publish(…)` has its
 * id before a subscriber of the same process sees the message. The time counts from the turn of the event loop after the
 * answer, in which the answer leaves for the network. All that is answered in one turn is one batch, and all batches share
 * one timer.
 */
export class Releases {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #alarm: Alarm;
  /** In the order in which they are due. */
  readonly #batches: Batch[] = [];
  /** What was answered in this turn. */
  #answered = new Map<Topic, number>();

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#alarm = new Alarm(clock, () => this.#releaseDue());
  }

  /** The publisher has been answered: the topic's messages up to that id are handed out soon. */
  answered(topic: Topic, newestId: number): void {
    if (this.#answered.size === 0) this.#clock.soon(() => this.#endTurn());
    this.#answered.set(topic, Math.max(newestId, this.#answered.get(topic) ?? 0));
  }

  close(): void {
    this.#alarm.cancel();
    this.#batches.length = 0;
  }

  #endTurn(): void {
    const newestIds = this.#answered;
    this.#answered = new Map();
    const dueMs = this.#clock.now() + this.#delayMs;
    this.#batches.push({ dueMs, newestIds });
    this.#alarm.set(dueMs);
  }

  #releaseDue(): void {
    const nowMs = this.#clock.now();
    for (let [first] = this.#batches; first && first.dueMs <= nowMs; [first] = this.#batches) {
      this.#batches.shift();
      for (const [topic, newestId] of first.newestIds) topic.release(newestId);
    }
    const [next] = this.#batches;
    if (next) this.#alarm.set(next.dueMs);
  }
}
