import type { Clock, Timer } from './clock.ts';

/**
 * One timer for many due times: it stands at the earliest that was asked for. Whoever is rung looks at what is due and
 * sets it again, so that a due time that has become void costs one idle ring instead of a cancelled timer each.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: Timer | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `atMs` at the latest (if nothing earlier was asked for before). */
  set(atMs: number): void {
    if (atMs >= this.#atMs) return;
    this.#timer?.cancel();
    this.#atMs = atMs;
    this.#timer = this.#clock.after(Math.max(0, atMs - this.#clock.now()), () => {
      this.#atMs = Number.POSITIVE_INFINITY;
      this.#ring();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
