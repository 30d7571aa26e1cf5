import { status } from '@grpc/grpc-js';
import { defineResource, type Placement, type ResourceHandler } from '../resource-handler.ts';
import { hasStatus } from './grpc-status.ts';
import { CALL_OPTIONS, type PubSubClients } from './pubsub-clients.ts';
import {
  IMMUTABLE_SUBSCRIPTION_INPUTS,
  plainPullMessage,
  SubscriptionInputs,
  subscriptionJson,
  subscriptionMessage,
  UPDATABLE_SUBSCRIPTION_PATHS,
} from './pubsub-subscription-inputs.ts';

const TYPE = 'gcp:pubsub/subscription:Subscription';

/** Subscriptions on a server that does all they ask for. */
export function subscriptionResource({ subscriber }: PubSubClients): ResourceHandler {
  const update = async (inputs: SubscriptionInputs): Promise<Placement> => {
    const subscription = subscriptionMessage(inputs);
    const updateMask = { paths: [...UPDATABLE_SUBSCRIPTION_PATHS] };
    await subscriber.updateSubscription({ subscription, updateMask }, CALL_OPTIONS);
    return { id: subscription.name, outputs: {}, placed: true };
  };
  return defineResource({
    type: TYPE,
    inputs: SubscriptionInputs,
    immutable: IMMUTABLE_SUBSCRIPTION_INPUTS,
    async create(inputs) {
      const subscription = subscriptionMessage(inputs);
      try {
        await subscriber.createSubscription(subscription, CALL_OPTIONS);
      } catch (error) {
        if (!hasStatus(error, status.ALREADY_EXISTS)) throw error;
        return update(inputs);
      }
      return { id: subscription.name, outputs: {}, placed: true };
    },
    update,
    delete: (_inputs, { id }) => deleteSubscription(subscriber, id),
  });
}

/**
 * Subscriptions on Google's emulator, which delivers by pull only: made plain there, and told in full to the relay, which
 * pulls and hands on.
 *
 * @param relay base URL; takes `PUT` and `DELETE` of `/subscriptions/{subscription id}`
 */
export function relayedSubscriptionResource(
  { subscriber }: PubSubClients,
  relay: string,
  backoffScale: number,
): ResourceHandler {
  const tell = async (inputs: SubscriptionInputs, method: 'PUT' | 'DELETE'): Promise<void> => {
    const response = await fetch(`${relay}/subscriptions/${encodeURIComponent(inputs.name)}`, {
      method,
      ...(method === 'PUT' && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(subscriptionJson(inputs)),
      }),
      signal: AbortSignal.timeout(CALL_OPTIONS.timeout),
    });
    if (!response.ok) throw new Error(`relay: ${method}: ${response.status} ${await response.text()}`);
  };
  // The emulator updates hardly anything of a subscription, so one that is in the way is made anew.
  const create = async (inputs: SubscriptionInputs): Promise<Placement> => {
    const subscription = plainPullMessage(inputs, backoffScale);
    await deleteSubscription(subscriber, subscription.name);
    await subscriber.createSubscription(subscription, CALL_OPTIONS);
    await tell(inputs, 'PUT');
    return { id: subscription.name, outputs: {}, placed: true };
  };
  return defineResource({
    type: TYPE,
    inputs: SubscriptionInputs,
    immutable: IMMUTABLE_SUBSCRIPTION_INPUTS,
    create,
    async update(inputs, previous) {
      await tell(inputs, 'PUT');
      return previous;
    },
    async delete(inputs, { id }) {
      await tell(inputs, 'DELETE');
      await deleteSubscription(subscriber, id);
    },
  });
}

async function deleteSubscription(subscriber: PubSubClients['subscriber'], subscription: string): Promise<void> {
  try {
    await subscriber.deleteSubscription({ subscription }, CALL_OPTIONS);
  } catch (error) {
    if (!hasStatus(error, status.NOT_FOUND)) throw error;
  }
}
