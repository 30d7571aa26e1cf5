import type { Clock, Timer } from './clock.ts';

interface Waiting {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. Timers run in the order in which they are due. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #waiting = new Set<Waiting>();

  constructor(startIso = '2026-11-20T10:30:00Z') {
    this.#nowMs = Date.parse(startIso);
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const waiting = { atMs: this.#nowMs + delayMs, run };
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** Moves time on and runs all that falls due on the way, including what is only set up by it. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let due = this.#earliest(untilMs); due; due = this.#earliest(untilMs)) {
      this.#waiting.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
    }
    this.#nowMs = untilMs;
  }

  /** Runs what is due now. */
  settle(): void {
    this.advance(0);
  }

  #earliest(untilMs: number): Waiting | undefined {
    let earliest: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs <= untilMs && (!earliest || waiting.atMs < earliest.atMs)) earliest = waiting;
    }
    return earliest;
  }
}
