/** Work that is done in one go: as much as about 250 events are to validate and encode, 1 to 2 ms. */
export const TURN_UNITS = 250;

interface Waiting {
  readonly units: number;
  readonly resolve: () => void;
}

/** What a tenant has waiting, and how much of it may be done. */
interface Queue {
  readonly waiting: Waiting[];
  deficit: number;
}

/**
 * Has tenants take turns at the one CPU of an instance, so that who brings much work slows down nobody's but its own.
 *
 * In each round of the event loop a tenant does a turn's worth of work at once; what is more waits. Of what waits, one
 * tenant's turn is done in each round, so that in between whatever has arrived meanwhile is looked at. Tenants get
 * the same amount of work done, not the same number of requests.
 *
 * @see https://en.wikipedia.org/wiki/Deficit_round_robin
 */
export class Turns {
  readonly #schedule: (round: () => void) => void;
  /** In the order of their turns. */
  readonly #queues = new Map<string, Queue>();
  /** Work done in this round, by tenant. */
  readonly #done = new Map<string, number>();
  #isScheduled = false;

  /** @param schedule calls back when the event loop has come round */
  constructor(schedule: (round: () => void) => void = setImmediate) {
    this.#schedule = schedule;
  }

  /**
   * Asks for a piece of work.
   *
   * @param units how much it is; where it is more than a turn's worth, it waits as many turns longer
   * @returns undefined where it may be done at once, in the same tick; otherwise resolves when it may
   */
  next(tenantId: string, units: number): Promise<void> | undefined {
    this.#arm();
    const queue = this.#queues.get(tenantId);
    const done = this.#done.get(tenantId) ?? 0;
    if (queue === undefined && done + units <= TURN_UNITS) {
      this.#done.set(tenantId, done + units);
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    if (queue === undefined) this.#queues.set(tenantId, { waiting: [{ units, resolve }], deficit: 0 });
    else queue.waiting.push({ units, resolve });
    return promise;
  }

  #arm(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      this.#round();
    });
  }

  #round(): void {
    this.#done.clear();
    const [first] = this.#queues;
    if (first === undefined) return;
    const [tenantId, queue] = first;
    this.#queues.delete(tenantId);
    queue.deficit += TURN_UNITS;
    const isAlone = this.#queues.size === 0;
    let done = 0;
    for (let [next] = queue.waiting; next !== undefined; [next] = queue.waiting) {
      // Nobody gains where the only one that waits waits longer.
      const mayExceed = isAlone && done === 0;
      if (next.units > queue.deficit && !mayExceed) break;
      queue.waiting.shift();
      queue.deficit = Math.max(0, queue.deficit - next.units);
      done += next.units;
      next.resolve();
    }
    this.#done.set(tenantId, done);
    if (queue.waiting.length > 0) this.#queues.set(tenantId, queue);
    if (this.#queues.size > 0) this.#arm();
  }
}
