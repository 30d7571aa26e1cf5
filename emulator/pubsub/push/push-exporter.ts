import { Alarm } from '../clock/alarm.ts';
import type { Clock } from '../clock/clock.ts';
import type { Room } from '../consumer.ts';
import type { Lease } from '../lease.ts';
import { decodeMessage } from '../protocol/pubsub-message.ts';
import type { Exporter, Subscription } from '../subscription.ts';
import type { PushEndpoint } from './push-endpoint.ts';
import { PushWindow } from './push-window.ts';

export interface PushExporterOptions {
  readonly clock: Clock;
  readonly subscription: Subscription;
  readonly endpoint: PushEndpoint;
  readonly backoffScale: number;
  /** Most pushes under way at once. */
  readonly maxConcurrency: number;
}

/** Delivers a push subscription's messages, each in a request of its own, as fast as the endpoint acknowledges them. */
export class PushExporter implements Exporter {
  /** The request has its own deadline: the lease ends when the request does. */
  readonly ackDeadlineMs = Number.POSITIVE_INFINITY;
  readonly takesKeysInBatches = false;
  readonly #clock: Clock;
  readonly #subscription: Subscription;
  readonly #endpoint: PushEndpoint;
  readonly #window: PushWindow;
  readonly #resume: Alarm;
  #underWay = 0;
  #pausedUntilMs = 0;

  constructor({ clock, subscription, endpoint, backoffScale, maxConcurrency }: PushExporterOptions) {
    this.#clock = clock;
    this.#subscription = subscription;
    this.#endpoint = endpoint;
    this.#window = new PushWindow({ most: maxConcurrency, backoffScale });
    this.#resume = new Alarm(clock, () => subscription.onRoom());
  }

  room(): Room | undefined {
    const messages = this.#window.size - this.#underWay;
    if (messages <= 0) return undefined;
    if (this.#clock.now() < this.#pausedUntilMs) {
      this.#resume.set(this.#pausedUntilMs);
      return undefined;
    }
    return { messages, bytes: Number.POSITIVE_INFINITY };
  }

  deliver(leases: readonly Lease[]): void {
    for (const lease of leases) {
      this.#underWay++;
      void this.#push(lease);
    }
  }

  onSettled(): void {
    // What counts is the requests under way, and they count themselves.
  }

  close(): void {
    this.#resume.cancel();
    this.#endpoint.close();
  }

  async #push(lease: Lease): Promise<void> {
    const push = this.#window.onStarted();
    const { delivery } = lease;
    const result = await this.#endpoint.deliver(decodeMessage(lease.message), {
      subscription: this.#subscription.name,
      deliveryAttempt: this.#subscription.attemptOf(lease),
    });
    this.#underWay--;
    if (result.acknowledged) this.#window.onAcknowledged();
    else this.#pausedUntilMs = this.#clock.now() + this.#window.onFailed(push, lease.message.id);
    // It may have been sought away meanwhile, and even be under way again.
    if (lease.delivery === delivery) {
      if (result.acknowledged) this.#subscription.acknowledgeLease(lease);
      else this.#subscription.nackLease(lease);
    }
    this.#subscription.onRoom();
  }
}
