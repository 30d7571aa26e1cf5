import { setTimeout as delay } from 'node:timers/promises';
import type { PushEndpoint } from '#emulator/pubsub/push/push-endpoint.ts';
import { PushWindow } from '#emulator/pubsub/push/push-window.ts';
import type { Delivery, Destination } from '../delivery.ts';
import { createKeyOrder } from './key-order.ts';

export interface PushDestinationOptions {
  readonly endpoint: PushEndpoint;
  /** `projects/{project}/subscriptions/{id}` */
  readonly subscription: string;
  readonly isOrdered: boolean;
  readonly maxConcurrency: number;
  /** Multiplies the pauses that a failing endpoint is given. */
  readonly backoffScale: number;
}

/** What pushes under way still get to be answered when it closes. */
const CLOSE_GRACE_MS = 300;

/** Pushes each message in a request of its own, as many at once as the endpoint keeps up with. */
export function createPushDestination(options: PushDestinationOptions): Destination {
  const { endpoint, subscription, isOrdered, maxConcurrency, backoffScale } = options;
  const window = new PushWindow({ most: maxConcurrency, backoffScale });
  const order = createKeyOrder();
  const underWay = new Set<Promise<void>>();
  let pausedUntilMs = 0;

  const push = async ({ message, deliveryAttempt }: Delivery): Promise<boolean> => {
    const number = window.onStarted();
    const { acknowledged } = await endpoint.deliver(message, { subscription, deliveryAttempt });
    if (acknowledged) window.onAcknowledged();
    else pausedUntilMs = performance.now() + window.onFailed(number, Number(message.messageId));
    return acknowledged;
  };

  const start = async (delivery: Delivery): Promise<void> => {
    const { orderingKey } = delivery.message;
    const isAcknowledged =
      isOrdered && orderingKey ? await order.run(orderingKey, () => push(delivery)) : await push(delivery);
    if (isAcknowledged) delivery.acknowledge();
    else delivery.fail();
  };

  return {
    async room(signal) {
      for (;;) {
        const pauseMs = pausedUntilMs - performance.now();
        if (pauseMs > 0) await delay(pauseMs, undefined, { signal });
        signal.throwIfAborted();
        const room = window.size - underWay.size;
        if (room > 0) return room;
        await Promise.race(underWay);
      }
    },
    deliver(deliveries) {
      for (const delivery of deliveries) {
        const pushing = start(delivery).finally(() => underWay.delete(pushing));
        underWay.add(pushing);
      }
      return Promise.resolve();
    },
    async close() {
      await Promise.race([Promise.all(underWay), delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
      endpoint.close();
      await Promise.all(underWay);
    },
  };
}
