import { type AckId, formatAckId, parseAckId } from './ack-id.ts';
import type { Message } from './backlog/message.ts';
import { Lease } from './lease.ts';

/** The leases of one subscription, found again by ack id. A slot is used again once its lease is closed. */
export class Leases {
  readonly #subscription: number;
  readonly #slots: (Lease | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #deliveries = 0;

  constructor(subscription: number) {
    this.#subscription = subscription;
  }

  get count(): number {
    return this.#slots.length - this.#freeSlots.length;
  }

  open(message: Message): Lease {
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    const lease = new Lease(message, slot);
    this.#slots[slot] = lease;
    return lease;
  }

  /** Counts another delivery: ack ids of earlier ones are no longer current. */
  countDelivery(lease: Lease): void {
    lease.delivery = ++this.#deliveries;
    if (lease.firstDelivery === 0) lease.firstDelivery = lease.delivery;
  }

  close(lease: Lease): void {
    if (this.#slots[lease.slot] !== lease) return;
    lease.state = 'settled';
    this.#slots[lease.slot] = undefined;
    this.#freeSlots.push(lease.slot);
    lease.release();
  }

  ackIdOf(lease: Lease): string {
    return formatAckId({ subscription: this.#subscription, slot: lease.slot, delivery: lease.delivery });
  }

  /**
   * The lease that an ack id was given out for, if its message is still to be acknowledged; `isCurrent` unless the
   * message has been given back or delivered again since.
   * @throws StatusError INVALID_ARGUMENT when it is no ack id
   */
  find(ackId: string): { readonly lease: Lease; readonly isCurrent: boolean } | undefined {
    const { subscription, slot, delivery }: AckId = parseAckId(ackId);
    const lease = this.#slots[slot];
    if (subscription !== this.#subscription || !lease) return undefined;
    if (lease.firstDelivery === 0 || delivery < lease.firstDelivery || delivery > lease.delivery) return undefined;
    return { lease, isCurrent: delivery === lease.delivery && lease.state === 'outstanding' };
  }

  /** All that are open, in no particular order. */
  *[Symbol.iterator](): IterableIterator<Lease> {
    for (const lease of this.#slots) if (lease) yield lease;
  }
}
