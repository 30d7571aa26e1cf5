import type { Consumer } from '../consumer.ts';
import type { Lease } from '../lease.ts';
import { Fifo } from './fifo.ts';

/**
 * The messages of one ordering key that are not acknowledged, in order: first those that are delivered (acknowledged
 * ones among them, as long as an earlier one is not), then those that wait.
 */
interface KeyQueue {
  readonly key: string;
  leases: Lease[];
  delivered: number;
  outstanding: number;
  consumer: Consumer | undefined;
  isBackingOff: boolean;
  isQueued: boolean;
}

/**
 * Keeps the order within each ordering key: a key's messages are with one consumer at a time, and when a delivery
 * fails, delivery begins again at that message and brings all that followed it, acknowledged ones too.
 * @see https://cloud.google.com/pubsub/docs/ordering#considerations_when_using_ordered_messaging
 */
export class OrderingKeys {
  readonly #keys = new Map<string, KeyQueue>();
  #ready = new Fifo<KeyQueue>();

  /** The next message that had to wait for an earlier one of its key, and need not any more. */
  next(consumer: Consumer): Lease | undefined {
    for (let queue = this.#ready.peek(); queue; queue = this.#ready.peek()) {
      const lease = canDeliver(queue, consumer) ? deliver(queue, consumer) : undefined;
      if (!lease || !hasWaiting(queue) || !consumer.takesKeysInBatches) {
        this.#ready.shift();
        queue.isQueued = false;
      }
      if (lease) return lease;
    }
    return undefined;
  }

  /** Takes in a newly read message. True when this consumer may have it now; else it waits, and `next` gives it out. */
  admit(lease: Lease, consumer: Consumer): boolean {
    const queue = this.#queueOf(lease);
    const isFirstInLine = !hasWaiting(queue) && canDeliver(queue, consumer);
    queue.leases.push(lease);
    if (isFirstInLine) deliver(queue, consumer);
    return isFirstInLine;
  }

  /** Takes in a message that is to be delivered again, behind those of its key that were taken in before. */
  readmit(lease: Lease): void {
    const queue = this.#queueOf(lease);
    queue.leases.push(lease);
    this.#makeReady(queue);
  }

  /** Whether every message of its key that comes before it is done with. */
  isFirst(lease: Lease): boolean {
    return this.#keys.get(lease.message.orderingKey)?.leases[0] === lease;
  }

  /**
   * The message is done with: acknowledged, dead-lettered or expired.
   * @returns the leases that can be closed: none while an earlier message of the key may yet fail
   */
  settle(lease: Lease): Lease[] {
    const queue = this.#keys.get(lease.message.orderingKey);
    if (!queue) return [lease];
    if (lease.state === 'outstanding') queue.outstanding--;
    const isDelivered = queue.leases.indexOf(lease) < queue.delivered;
    lease.state = 'settled';
    if (!isDelivered) queue.leases = queue.leases.filter((other) => other !== lease);
    const open = queue.leases.findIndex((other) => other.state !== 'settled');
    const closed = queue.leases.splice(0, open < 0 ? queue.leases.length : open);
    queue.delivered -= closed.length;
    if (queue.leases.length === 0) this.#keys.delete(queue.key);
    else this.#makeReady(queue);
    return isDelivered ? closed : [...closed, lease];
  }

  /**
   * A delivery of the message has failed: nothing of its key is delivered until `resume`.
   * @returns the later messages of the key that were outstanding: they are delivered again after it
   */
  fail(lease: Lease): Lease[] {
    const queue = this.#keys.get(lease.message.orderingKey);
    if (!queue) return [];
    const index = queue.leases.indexOf(lease);
    const revoked: Lease[] = [];
    for (const later of queue.leases.slice(index, queue.delivered)) {
      if (later.state === 'outstanding') queue.outstanding--;
      if (later.state === 'outstanding' && later !== lease) revoked.push(later);
      later.state = 'waiting';
    }
    queue.delivered = index;
    queue.isBackingOff = true;
    return revoked;
  }

  /** The back-off after a failed delivery is over. */
  resume(lease: Lease): void {
    const queue = this.#keys.get(lease.message.orderingKey);
    if (!queue) return;
    queue.isBackingOff = false;
    this.#makeReady(queue);
  }

  clear(): void {
    this.#keys.clear();
    this.#ready = new Fifo();
  }

  #queueOf({ message: { orderingKey: key } }: Lease): KeyQueue {
    const known = this.#keys.get(key);
    if (known) return known;
    const queue: KeyQueue = {
      key,
      leases: [],
      delivered: 0,
      outstanding: 0,
      consumer: undefined,
      isBackingOff: false,
      isQueued: false,
    };
    this.#keys.set(key, queue);
    return queue;
  }

  #makeReady(queue: KeyQueue): void {
    if (queue.isQueued || queue.isBackingOff || queue.outstanding > 0 || !hasWaiting(queue)) return;
    queue.isQueued = true;
    this.#ready.push(queue);
  }
}

const hasWaiting = (queue: KeyQueue): boolean => queue.delivered < queue.leases.length;

const canDeliver = (queue: KeyQueue, consumer: Consumer): boolean =>
  !queue.isBackingOff && (queue.outstanding === 0 || (queue.consumer === consumer && consumer.takesKeysInBatches));

function deliver(queue: KeyQueue, consumer: Consumer): Lease | undefined {
  const lease = queue.leases[queue.delivered];
  if (!lease) return undefined;
  queue.delivered++;
  queue.outstanding++;
  queue.consumer = consumer;
  return lease;
}
