import type { PubsubMessage } from '#emulator/pubsub/protocol/resources.ts';

/** A message on its way to a destination, which ends it by one of the two, once. */
export interface Delivery {
  readonly message: PubsubMessage;
  /** 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number;
  acknowledge(): void;
  /** @param reason goes with the message where this was its last delivery; left out where Pub/Sub would not tell one */
  fail(reason?: string): void;
}

/** Where a subscription's messages go. */
export interface Destination {
  /** Resolves with how many messages it takes, once that is one or more. @throws when `signal` aborts meanwhile */
  room(signal: AbortSignal): Promise<number>;
  /** Resolves when more may be handed to it; not necessarily when these are done. Never throws. */
  deliver(deliveries: readonly Delivery[]): Promise<void>;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}
