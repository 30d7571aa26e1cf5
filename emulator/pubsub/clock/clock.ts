/** A timer that was asked for and may yet be called off. */
export interface Timer {
  cancel(): void;
}

/**
 * All time in this server comes from here: retention, back-off, deadlines and expiry. A test passes a clock that it
 * moves itself, so that seven days pass in a millisecond.
 */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Runs once, no sooner than `delayMs` from now. Never keeps the process alive. */
  after(delayMs: number, run: () => void): Timer;
  /** Runs once, after what is being handled now; several events of one moment share one run. */
  soon(run: () => void): void;
}

/** The longest delay that setTimeout keeps; what asks for more is woken early and asks again. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timeout = setTimeout(run, Math.min(delayMs, LONGEST_DELAY_MS)).unref();
    return { cancel: () => clearTimeout(timeout) };
  },
  soon: (run) => void setImmediate(run),
};
