import type { Timestamp } from './protocol.ts';

/**
 * Commit times. Each is later than the one before by at least a microsecond (Firestore's resolution), also when the
 * system's clock stands still or goes back: `updateTime` therefore tells any two versions of a document apart.
 */
export class CommitClock {
  #lastMicros = 0;

  next(): Timestamp {
    this.#lastMicros = Math.max(this.#lastMicros + 1, Date.now() * 1000);
    return toTimestamp(this.#lastMicros);
  }

  /** The time of the newest commit, or now where that is later. */
  now(): Timestamp {
    return toTimestamp(Math.max(this.#lastMicros, Date.now() * 1000));
  }
}

function toTimestamp(micros: number): Timestamp {
  return { seconds: String(Math.floor(micros / 1e6)), nanos: (micros % 1e6) * 1000 };
}
