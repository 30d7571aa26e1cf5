import type { Consumer } from '../consumer.ts';
import type { Filter } from '../filter/filter.ts';
import type { Lease } from '../lease.ts';
import type { Leases } from '../leases.ts';
import { readAttributes } from '../protocol/pubsub-message.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';
import type { Cursor, MessageLog } from './message-log.ts';
import { OrderingKeys } from './ordering-keys.ts';

/** What decides which messages are in a subscription's backlog, and in which order. */
export interface BacklogRules {
  readonly filter: Filter | undefined;
  readonly isOrdered: boolean;
  /** A message older than that is no longer delivered. */
  readonly retentionMs: number;
  /** Whether acknowledged messages can be sought back to for as long. */
  readonly retainsAcknowledged: boolean;
}

/**
 * The messages of one subscription that are to be delivered: those given back after a failed delivery, and the part of
 * the topic's log behind the cursor. What does not match the filter or has outlived its retention is passed over.
 */
export class Backlog {
  readonly #log: MessageLog;
  readonly #leases: Leases;
  #rules: BacklogRules;
  #cursor: Cursor;
  /** The oldest message that can be sought back to, where acknowledged ones are retained. */
  #oldest: Cursor | undefined;
  readonly #givenBack = new Fifo<Lease>();
  readonly #keys = new OrderingKeys();

  constructor(log: MessageLog, leases: Leases, rules: BacklogRules) {
    this.#log = log;
    this.#leases = leases;
    this.#rules = rules;
    this.#cursor = log.openCursor();
    if (rules.retainsAcknowledged) this.#oldest = log.copyCursor(this.#cursor);
  }

  get rules(): BacklogRules {
    return this.#rules;
  }

  changeRules(rules: BacklogRules): void {
    this.#rules = rules;
    if (rules.retainsAcknowledged) this.#oldest ??= this.#log.copyCursor(this.#cursor);
    else {
      this.#oldest?.close();
      this.#oldest = undefined;
    }
  }

  /** Takes out the next message that this consumer may have. */
  next(consumer: Consumer, nowMs: number): Lease | undefined {
    const oldestMs = this.#oldestDeliveredMs(nowMs);
    for (;;) {
      const lease = this.#nextGivenBack(consumer) ?? this.#nextFromLog(consumer, oldestMs);
      if (!lease || lease.message.publishTimeMs >= oldestMs) return lease;
      this.settle(lease);
    }
  }

  /** Puts a message back whose delivery failed, to be delivered again as soon as possible. */
  giveBack(lease: Lease): void {
    lease.state = 'waiting';
    if (this.isOrdered(lease)) this.#keys.resume(lease);
    else this.#givenBack.push(lease);
  }

  /**
   * A delivery has failed; `giveBack` follows when the message may be delivered again.
   * @returns other leases that end with it: the later messages of its ordering key, which are delivered after it
   */
  fail(lease: Lease): Lease[] {
    const revoked = this.isOrdered(lease) ? this.#keys.fail(lease) : [];
    lease.state = 'backing off';
    return revoked;
  }

  /** The message is done with: acknowledged, dead-lettered or expired. */
  settle(lease: Lease): void {
    if (!this.isOrdered(lease)) this.#leases.close(lease);
    else for (const closed of this.#keys.settle(lease)) this.#leases.close(closed);
  }

  isOrdered(lease: Lease): boolean {
    return this.#rules.isOrdered && lease.message.orderingKey !== '';
  }

  /**
   * Marks what was published before that time as acknowledged, and what came after it, as far as it is retained, as
   * not acknowledged.
   */
  seek(timeMs: number): void {
    const target = this.#log.copyCursor(this.#earliestCursor());
    target.skipBefore(timeMs);
    const firstReread = target.peek()?.id ?? Number.POSITIVE_INFINITY;
    const kept: Lease[] = [];
    for (const lease of this.#leases) {
      const isKept =
        lease.message.publishTimeMs >= timeMs && lease.message.id < firstReread && lease.state !== 'settled';
      if (isKept) kept.push(lease);
      else this.#leases.close(lease);
    }
    this.#cursor.close();
    this.#cursor = target;
    this.#givenBack.drain();
    this.#keys.clear();
    for (const lease of kept.sort((a, b) => a.message.id - b.message.id)) this.#requeue(lease);
  }

  /** Lets go of what has outlived its retention, so that its memory is free before someone asks for it. */
  expire(nowMs: number): void {
    const oldestMs = this.#oldestDeliveredMs(nowMs);
    this.#cursor.skipBefore(oldestMs);
    this.#oldest?.skipBefore(nowMs - this.#rules.retentionMs);
    for (const lease of this.#leases) {
      if (lease.state !== 'outstanding' && lease.message.publishTimeMs < oldestMs) this.settle(lease);
    }
  }

  /** Moves past messages that the filter leaves out, so that they are not held until someone pulls. */
  skipFiltered(): void {
    const { filter } = this.#rules;
    if (!filter) return;
    for (
      let message = this.#cursor.peek();
      message && !filter(readAttributes(message));
      message = this.#cursor.peek()
    ) {
      this.#cursor.advance();
    }
  }

  close(): void {
    this.#cursor.close();
    this.#oldest?.close();
    this.#keys.clear();
    for (const lease of this.#leases) this.#leases.close(lease);
  }

  /** Where the oldest message is that is still there, for this subscription. */
  #earliestCursor(): Cursor {
    const place = (cursor: Cursor): number => cursor.peek()?.id ?? Number.POSITIVE_INFINITY;
    return [this.#oldest, this.#log.retained].reduce<Cursor>(
      (earliest, cursor) => (cursor && place(cursor) < place(earliest) ? cursor : earliest),
      this.#cursor,
    );
  }

  /** Messages that the topic retains for longer than the subscription stay available to it. */
  #oldestDeliveredMs(nowMs: number): number {
    return nowMs - Math.max(this.#rules.retentionMs, this.#log.retentionMs);
  }

  #nextGivenBack(consumer: Consumer): Lease | undefined {
    for (let lease = this.#givenBack.shift(); lease; lease = this.#givenBack.shift()) {
      // It may have been acknowledged after all.
      if (lease.state === 'waiting') return lease;
    }
    return this.#keys.next(consumer);
  }

  #nextFromLog(consumer: Consumer, oldestMs: number): Lease | undefined {
    const { isOrdered } = this.#rules;
    for (let message = this.#cursor.peek(); message; message = this.#cursor.peek()) {
      this.#cursor.advance();
      if (!this.#isDelivered(message, oldestMs)) continue;
      const lease = this.#leases.open(message);
      if (!isOrdered || message.orderingKey === '' || this.#keys.admit(lease, consumer)) return lease;
    }
    return undefined;
  }

  #isDelivered(message: Message, oldestMs: number): boolean {
    const { filter } = this.#rules;
    return message.publishTimeMs >= oldestMs && (!filter || filter(readAttributes(message)));
  }

  #requeue(lease: Lease): void {
    lease.state = 'waiting';
    if (this.isOrdered(lease)) this.#keys.readmit(lease);
    else this.#givenBack.push(lease);
  }
}
