import { Alarm } from './clock/alarm.ts';
import type { Clock } from './clock/clock.ts';
import type { Lease } from './lease.ts';

/** Leases of one length, in the order in which they were granted: the first is always the next to expire. */
interface SameLength {
  first: Lease | undefined;
  last: Lease | undefined;
}

/**
 * Watches the ack deadlines of a subscription's outstanding messages. Granting, extending and ending a lease cost the
 * same however many there are: one linked list for each length in use, and one timer for all.
 */
export class AckDeadlines {
  readonly #clock: Clock;
  readonly #onExpired: (lease: Lease) => void;
  readonly #byLengthMs = new Map<number, SameLength>();
  readonly #alarm: Alarm;

  constructor(clock: Clock, onExpired: (lease: Lease) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
    this.#alarm = new Alarm(clock, () => this.#expire());
  }

  /** (Re)starts the deadline of a lease: `lengthMs` from now. An infinite one never expires. */
  start(lease: Lease, lengthMs: number): void {
    this.stop(lease);
    if (lengthMs === Number.POSITIVE_INFINITY) return;
    let list = this.#byLengthMs.get(lengthMs);
    if (!list) this.#byLengthMs.set(lengthMs, (list = { first: undefined, last: undefined }));
    lease.deadlineMs = this.#clock.now() + lengthMs;
    lease.deadlineLengthMs = lengthMs;
    lease.previous = list.last;
    if (list.last) list.last.next = lease;
    else list.first = lease;
    list.last = lease;
    this.#alarm.set(lease.deadlineMs);
  }

  /** The lease has ended otherwise. */
  stop(lease: Lease): void {
    const list = this.#byLengthMs.get(lease.deadlineLengthMs);
    if (!list || lease.deadlineLengthMs === 0) return;
    const { previous, next } = lease;
    if (previous) previous.next = next;
    else list.first = next;
    if (next) next.previous = previous;
    else list.last = previous;
    lease.previous = undefined;
    lease.next = undefined;
    lease.deadlineLengthMs = 0;
  }

  close(): void {
    this.#alarm.cancel();
    this.#byLengthMs.clear();
  }

  #expire(): void {
    const nowMs = this.#clock.now();
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const list of this.#byLengthMs.values()) {
      for (let lease = list.first; lease && lease.deadlineMs <= nowMs; lease = list.first) {
        this.stop(lease);
        this.#onExpired(lease);
      }
      if (list.first) earliestMs = Math.min(earliestMs, list.first.deadlineMs);
    }
    if (earliestMs < Number.POSITIVE_INFINITY) this.#alarm.set(earliestMs);
  }
}
