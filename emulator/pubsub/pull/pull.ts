import type { Timer } from '../clock/clock.ts';
import type { Clock } from '../clock/clock.ts';
import type { Consumer, Room } from '../consumer.ts';
import type { Lease } from '../lease.ts';
import { type ReceivedMessage } from '../protocol/received-messages.ts';
import type { StatusError } from '../protocol/status.ts';
import type { Subscription } from '../subscription.ts';

/** A response no larger than that, unless a single message is. */
const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;
const PREPARING_MS = 10;

/** One Pull request: takes what there is in one go, and waits until there is something. */
export class Pull implements Consumer {
  readonly ackDeadlineMs: number;
  readonly takesKeysInBatches = true;
  readonly #subscription: Subscription;
  readonly #maxMessages: number;
  readonly #answer: (result: readonly ReceivedMessage[] | StatusError) => void;
  #disconnect: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(
    subscription: Subscription,
    maxMessages: number,
    answer: (result: readonly ReceivedMessage[] | StatusError) => void,
  ) {
    this.#subscription = subscription;
    this.#maxMessages = maxMessages;
    this.#answer = answer;
    this.ackDeadlineMs = subscription.ackDeadlineMs;
  }

  /** Answers with no messages, if none come within `waitMs`. */
  start(clock: Clock, waitMs: number): void {
    this.#disconnect = this.#subscription.connect(this, (error) => this.#finish(error));
    this.#finishAfter(clock, waitMs);
  }

  /** The caller has gone: takes nothing more. */
  cancel(): void {
    this.#finish([]);
  }

  room(): Room | undefined {
    return this.#disconnect && { messages: this.#maxMessages, bytes: MAX_RESPONSE_BYTES };
  }

  deliver(leases: readonly Lease[]): void {
    this.#finish(leases.map((lease) => this.#subscription.received(lease)));
  }

  onSettled(): void {
    // It has no limit on what is outstanding.
  }

  #finishAfter(clock: Clock, waitMs: number): void {
    this.#timer = clock.after(waitMs, () => {
      if (this.#subscription.isAboutToDeliver(this)) this.#finishAfter(clock, PREPARING_MS);
      else this.#finish([]);
    });
  }

  #finish(result: readonly ReceivedMessage[] | StatusError): void {
    if (!this.#disconnect) return;
    this.#timer?.cancel();
    this.#disconnect();
    this.#disconnect = undefined;
    this.#answer(result);
  }
}
