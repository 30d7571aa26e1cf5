import type { Consumer } from '../consumer.ts';
import type { Filter } from '../filter/filter.ts';
import type { Lease } from '../lease.ts';
import type { Leases } from '../leases.ts';
import { readAttributes } from '../protocol/pubsub-message.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';
import type { Cursor, MessageLog } from './message-log.ts';
import { OrderingKeys } from './ordering-keys.ts';
import { SavedBacklog } from './saved-backlog.ts';

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
  /** After `restore`: what the saved backlog had left out. */
  #isLeftOut: ((message: Message) => boolean) | undefined;
  /** After `restore`: what was published until then is kept for as long, whatever the retention says. */
  #restored = { publishedUntilMs: Number.NEGATIVE_INFINITY, keptUntilMs: Number.NEGATIVE_INFINITY };
  #isClosed = false;
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
    if (this.#isClosed) return;
    if (rules.retainsAcknowledged) this.#oldest ??= this.#log.copyCursor(this.#cursor);
    else {
      this.#oldest?.close();
      this.#oldest = undefined;
    }
  }

  /** Whether the next message is there, and is not to be handed out yet: its publisher is being answered. */
  get isUnreleased(): boolean {
    const next = this.#cursor.peek();
    return next !== undefined && next.id > this.#log.releasedId;
  }

  /** Takes out the next message that this consumer may have. */
  next(consumer: Consumer, nowMs: number): Lease | undefined {
    const oldestMs = this.#oldestDeliveredMs(nowMs);
    for (;;) {
      const lease = this.#nextGivenBack(consumer) ?? this.#nextFromLog(consumer, oldestMs);
      if (!lease || !this.#isTooOld(lease.message, oldestMs)) return lease;
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

  /** Whether nothing that is to be acknowledged before it is left. */
  isFirstOfKey(lease: Lease): boolean {
    return !this.isOrdered(lease) || this.#keys.isFirst(lease);
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
    this.#isLeftOut = undefined;
    this.#continueFrom(target, kept);
  }

  /** Holds what is to be delivered now, and all that is published after it. */
  save(nowMs: number): SavedBacklog {
    this.expire(nowMs);
    this.skipFiltered();
    const oldestMs = this.#oldestDeliveredMs(nowMs);
    const unacknowledged = [...this.#leases]
      .filter(({ state, published }) => state !== 'settled' && !this.#isTooOld(published, oldestMs))
      .map(({ published }) => published)
      .sort((a, b) => a.id - b.id);
    return new SavedBacklog(unacknowledged, this.#log.copyCursor(this.#cursor), this.#leavesOutUntilNow());
  }

  /**
   * Makes what was saved, and has come since, the backlog again, acknowledged or not.
   * @param keptUntilMs until when it is to be delivered, even where it has outlived its retention
   */
  restore(saved: SavedBacklog, nowMs: number, keptUntilMs: number): void {
    for (const lease of this.#leases) this.#leases.close(lease);
    this.#isLeftOut = saved.isLeftOut;
    this.#restored = { publishedUntilMs: nowMs, keptUntilMs };
    const { filter } = this.#rules;
    const matching = saved.messages.filter((message) => !filter || filter(readAttributes(message)));
    this.#continueFrom(
      this.#log.copyCursor(saved.cursor),
      matching.map((message) => this.#leases.open(message)),
    );
    if (this.#oldest && place(this.#cursor) < place(this.#oldest)) {
      this.#oldest.close();
      this.#oldest = this.#log.copyCursor(this.#cursor);
    }
    this.skipFiltered();
  }

  /** Lets go of what has outlived its retention, so that its memory is free before someone asks for it. */
  expire(nowMs: number): void {
    if (this.#isClosed) return;
    const oldestMs = this.#oldestDeliveredMs(nowMs);
    const first = this.#cursor.peek();
    if (first && this.#isTooOld(first, oldestMs)) this.#cursor.skipBefore(oldestMs);
    this.#oldest?.skipBefore(nowMs - this.#rules.retentionMs);
    for (const lease of this.#leases) {
      if (lease.state !== 'outstanding' && this.#isTooOld(lease.message, oldestMs)) this.settle(lease);
    }
  }

  /** Moves past messages that the filter leaves out, so that they are not held until someone pulls. */
  skipFiltered(): void {
    if (!this.#rules.filter && !this.#isLeftOut) return;
    for (let message = this.#cursor.peek(); message && !this.#matches(message); message = this.#cursor.peek()) {
      this.#cursor.advance();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cursor.close();
    this.#oldest?.close();
    this.#keys.clear();
    for (const lease of this.#leases) this.#leases.close(lease);
  }

  /** Where the oldest message is that is still there, for this subscription. */
  #earliestCursor(): Cursor {
    return [this.#oldest, this.#log.retained].reduce<Cursor>(
      (earliest, cursor) => (cursor && place(cursor) < place(earliest) ? cursor : earliest),
      this.#cursor,
    );
  }

  /** Messages that the topic retains for longer than the subscription stay available to it. */
  #oldestDeliveredMs(nowMs: number): number {
    if (nowMs >= this.#restored.keptUntilMs) this.#restored.publishedUntilMs = Number.NEGATIVE_INFINITY;
    return nowMs - Math.max(this.#rules.retentionMs, this.#log.retentionMs);
  }

  #isTooOld({ publishTimeMs }: Message, oldestMs: number): boolean {
    return publishTimeMs < oldestMs && publishTimeMs > this.#restored.publishedUntilMs;
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
      if (message.id > this.#log.releasedId) return undefined;
      this.#cursor.advance();
      if (!this.#isDelivered(message, oldestMs)) continue;
      const lease = this.#leases.open(message);
      if (!isOrdered || message.orderingKey === '' || this.#keys.admit(lease, consumer)) return lease;
    }
    return undefined;
  }

  #isDelivered(message: Message, oldestMs: number): boolean {
    return !this.#isTooOld(message, oldestMs) && this.#matches(message);
  }

  #matches(message: Message): boolean {
    const { filter } = this.#rules;
    return (!filter || filter(readAttributes(message))) && !this.#isLeftOut?.(message);
  }

  /** Which messages, of those that are in the log by now, this backlog leaves out; undefined for none. */
  #leavesOutUntilNow(): ((message: Message) => boolean) | undefined {
    const { filter } = this.#rules;
    const { newestId } = this.#log;
    const isLeftOut = this.#isLeftOut;
    if (!filter && !isLeftOut) return undefined;
    return (message) =>
      message.id <= newestId && (isLeftOut?.(message) || (filter !== undefined && !filter(readAttributes(message))));
  }

  #continueFrom(cursor: Cursor, leases: Lease[]): void {
    this.#cursor.close();
    this.#cursor = cursor;
    this.#givenBack.drain();
    this.#keys.clear();
    for (const lease of leases.sort((a, b) => a.message.id - b.message.id)) this.#requeue(lease);
  }

  #requeue(lease: Lease): void {
    lease.state = 'waiting';
    if (this.isOrdered(lease)) this.#keys.readmit(lease);
    else this.#givenBack.push(lease);
  }
}

const place = (cursor: Cursor): number => cursor.peek()?.id ?? Number.POSITIVE_INFINITY;
