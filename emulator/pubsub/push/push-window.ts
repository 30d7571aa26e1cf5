/** How many pushes may be under way at once, and from when on. */
export interface PushWindowLimits {
  readonly most: number;
  /** Multiplies the pauses. */
  readonly backoffScale: number;
}

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;
/** A single message that always fails must not slow down the others: a pause needs more than these in a row. */
const TOLERATED_FAILING_MESSAGES = 3;

/**
 * Slow start, as the service has it: an endpoint is given one push at first, one more with every push that it
 * acknowledges, and half when it begins to fail. When message after message fails, it is left alone for a while.
 * @see https://cloud.google.com/pubsub/docs/push#push_backoff
 */
export class PushWindow {
  readonly #limits: PushWindowLimits;
  #size = 1;
  #started = 0;
  /** Failures of pushes that started before the last cut belong to the same trouble. */
  #lastCut = 0;
  readonly #failingInARow = new Set<number>();

  constructor(limits: PushWindowLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns the push's number, which its end is reported with */
  onStarted(): number {
    return ++this.#started;
  }

  onAcknowledged(): void {
    this.#failingInARow.clear();
    this.#size = Math.min(this.#limits.most, this.#size + 1);
  }

  /** @returns how long to leave the endpoint alone, in milliseconds */
  onFailed(push: number, messageId: number): number {
    if (push > this.#lastCut) {
      this.#size = Math.max(1, Math.floor(this.#size / 2));
      this.#lastCut = this.#started;
    }
    this.#failingInARow.add(messageId);
    const excess = this.#failingInARow.size - TOLERATED_FAILING_MESSAGES;
    if (excess <= 0) return 0;
    return Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** (excess - 1)) * this.#limits.backoffScale;
  }
}
