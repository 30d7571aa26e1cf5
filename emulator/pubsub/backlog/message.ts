import type { HeldBytes } from './held-bytes.ts';

/**
 * A stretch of memory with the encoded messages of a topic, one after another. It counts as held until nobody who may
 * still deliver one of them is left: cursors that have not passed it, and leases on single messages.
 */
export class Chunk {
  readonly bytes: Buffer;
  readonly #held: HeldBytes;
  #holders: number;
  used = 0;

  constructor(sizeBytes: number, holders: number, held: HeldBytes) {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
    this.#held = held;
    this.#holders = holders;
    held.add(sizeBytes);
  }

  hold(): void {
    this.#holders++;
  }

  release(): void {
    if (--this.#holders === 0) this.#held.remove(this.bytes.length);
  }

  /** Nobody will hold it: it was made for a delivery that is over. */
  discard(): void {
    this.hold();
    this.release();
  }
}

/**
 * A published message. It is kept once for all subscriptions of its topic, and encoded as subscribers receive it
 * (`google.pubsub.v1.PubsubMessage` with message_id and publish_time), so that a delivery only copies bytes.
 */
export class Message {
  /** Unique in the server, ascending in order of publication; its decimal digits are the message_id. */
  readonly id: number;
  readonly publishTimeMs: number;
  readonly orderingKey: string;
  readonly chunk: Chunk;
  readonly start: number;
  readonly end: number;

  constructor(id: number, publishTimeMs: number, orderingKey: string, chunk: Chunk, start: number, end: number) {
    this.id = id;
    this.publishTimeMs = publishTimeMs;
    this.orderingKey = orderingKey;
    this.chunk = chunk;
    this.start = start;
    this.end = end;
  }

  /** Of the encoded message. */
  get sizeBytes(): number {
    return this.end - this.start;
  }

  /** The encoded message: a view, not a copy. */
  get encoded(): Buffer {
    return this.chunk.bytes.subarray(this.start, this.end);
  }
}
