import { CALL_OPTIONS, type PubSubClients } from '#emulator/pulumi/resources/pubsub-clients.ts';
import { isLastDelivery, publishDeadLetter } from './dead-letters.ts';
import type { Delivery, Destination } from './delivery.ts';
import { createBatcher } from './pull/batcher.ts';
import type { PulledMessage } from './pull/pulled-message.ts';
import { pullContinually } from './pull/puller.ts';
import type { Screen } from './screen.ts';
import type { RelayedSubscription } from './subscription.ts';

export interface RelayedDeliveryOptions {
  readonly clients: PubSubClients;
  readonly subscription: RelayedSubscription;
  readonly screen: Screen;
  readonly destination: Destination;
  readonly log: (message: string) => void;
}

/** Messages flow from a subscription to its destination until it is closed. */
export interface RelayedDelivery {
  /** Hands on no more, and resolves when every message under way is answered for. */
  close(): Promise<void>;
}

/** At least once: what the destination took is acknowledged; anything else is nacked, and the server delivers it again. */
export function startRelayedDelivery(options: RelayedDeliveryOptions): RelayedDelivery {
  const { clients, subscription, screen, destination, log } = options;
  const { publisher, subscriber } = clients;
  const closing = new AbortController();
  const forwarding = new Set<Promise<void>>();
  const report = (error: unknown): void =>
    log(`${subscription.name}: ${error instanceof Error ? error.message : String(error)}`);

  const acknowledgements = createBatcher(
    (ackIds) => subscriber.acknowledge({ subscription: subscription.name, ackIds }, CALL_OPTIONS),
    report,
  );
  const nacks = createBatcher(
    (ackIds) =>
      subscriber.modifyAckDeadline({ subscription: subscription.name, ackIds, ackDeadlineSeconds: 0 }, CALL_OPTIONS),
    report,
  );

  const forward = async (pulled: PulledMessage, reason: string): Promise<void> => {
    try {
      await publishDeadLetter(publisher, subscription, pulled, reason);
      acknowledgements.add(pulled.ackId);
    } catch (error) {
      report(error);
      nacks.add(pulled.ackId);
    }
  };

  const fail = (pulled: PulledMessage, reason: string | undefined): void => {
    if (reason === undefined || !isLastDelivery(subscription, pulled)) {
      nacks.add(pulled.ackId);
      return;
    }
    const forwarded = forward(pulled, reason).finally(() => forwarding.delete(forwarded));
    forwarding.add(forwarded);
  };

  const take = async (messages: readonly PulledMessage[]): Promise<void> => {
    const deliveries: Delivery[] = [];
    for (const pulled of messages) {
      const screened = screen.apply(pulled.message);
      if ('filtered' in screened) acknowledgements.add(pulled.ackId);
      else if ('error' in screened) fail(pulled, screened.error);
      else {
        deliveries.push({
          message: screened.message,
          deliveryAttempt: pulled.deliveryAttempt,
          acknowledge: () => acknowledgements.add(pulled.ackId),
          fail: (reason) => fail(pulled, reason),
        });
      }
    }
    if (deliveries.length > 0) await destination.deliver(deliveries);
  };

  const pulling = pullContinually(
    {
      subscriber,
      subscription: subscription.name,
      room: (signal) => destination.room(signal),
      take,
      log,
    },
    closing.signal,
  );

  return {
    async close() {
      closing.abort();
      await destination.close();
      await pulling;
      await Promise.all(forwarding);
      await Promise.all([acknowledgements.idle(), nacks.idle()]);
      screen.close();
    },
  };
}
