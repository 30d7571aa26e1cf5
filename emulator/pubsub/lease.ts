import type { Message } from './backlog/message.ts';
import type { Consumer } from './consumer.ts';

/**
 * Where a lease stands. `outstanding`: delivered, its ack deadline running. `waiting`: to be delivered as soon as
 * someone takes it. `backing off`: to be delivered, but not yet. `settled`: acknowledged, dead-lettered or expired.
 */
export type LeaseState = 'waiting' | 'outstanding' | 'backing off' | 'settled';

/**
 * One message in one subscription, from its first delivery to its acknowledgement. Undelivered messages have none: they
 * are the part of the topic's log that the subscription's cursor has not passed.
 */
export class Lease {
  /** As it was published: what a dead letter or a snapshot takes. */
  published: Message;
  /** As it is delivered: what the subscription's transforms have made of it. */
  message: Message;
  /** How often delivery has failed: nacks and missed deadlines. */
  failures = 0;
  state: LeaseState = 'waiting';
  /** Its place in the subscription's table of leases, for as long as it lives. */
  readonly slot: number;
  /** The first and the current delivery, as counted by the subscription. */
  firstDelivery = 0;
  delivery = 0;
  /** Who has it while it is outstanding. */
  consumer: Consumer | undefined;
  /** Set by `AckDeadlines`. */
  deadlineMs = 0;
  deadlineLengthMs = 0;
  previous: Lease | undefined;
  next: Lease | undefined;
  /** Why the last delivery failed, as far as the server knows. */
  lastError: string | undefined;
  /** Whether the message is already what the subscription's transforms have made of it. */
  isTransformed = false;
  constructor(message: Message, slot: number) {
    this.published = message;
    this.message = message;
    this.slot = slot;
    message.chunk.hold();
  }

  updatePublished(published: Message): void {
    if (published === this.published) return;
    published.chunk.hold();
    this.published.chunk.release();
    if (!this.isTransformed) this.message = published;
    this.published = published;
  }

  transform(message: Message): void {
    message.chunk.hold();
    this.message = message;
    this.isTransformed = true;
  }

  /** Lets go of the memory of its message. */
  release(): void {
    if (this.isTransformed) this.message.chunk.release();
    this.published.chunk.release();
  }
}
