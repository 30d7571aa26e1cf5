import { loadDescriptors } from '../protocol/descriptors.ts';
import type { Caller } from './calls.ts';
import { PROJECT } from './words.ts';

const TOPIC = `${PROJECT}/topics/round-trip`;
const SUBSCRIPTION = `${PROJECT}/subscriptions/round-trip`;
const DATA = Buffer.from('after all of that');

/**
 * Creates a topic and a subscription, publishes a message and pulls it.
 *
 * @throws {Error} where one of these does not do what it should.
 */
export async function requireRoundTrip(caller: Caller): Promise<void> {
  const descriptors = loadDescriptors();
  const call = async (service: string, method: string, type: string, message: object): Promise<Buffer> => {
    const requestType = descriptors.lookupType(`google.pubsub.v1.${type}`);
    const outcome = await caller.grpc({
      path: `/google.pubsub.v1.${service}/${method}`,
      message: requestType.encode(message).finish(),
      excessLength: 0,
      isMarkedCompressed: false,
    });
    if ('fault' in outcome || outcome.answer !== 'gRPC 0') {
      throw new Error(`${method} after all: ${'fault' in outcome ? outcome.fault : outcome.answer}`);
    }
    return outcome.body ?? Buffer.alloc(0);
  };
  await call('Publisher', 'CreateTopic', 'Topic', { name: TOPIC });
  await call('Subscriber', 'CreateSubscription', 'Subscription', { name: SUBSCRIPTION, topic: TOPIC });
  await call('Publisher', 'Publish', 'PublishRequest', { topic: TOPIC, messages: [{ data: DATA }] });
  const pulled = await call('Subscriber', 'Pull', 'PullRequest', { subscription: SUBSCRIPTION, maxMessages: 1 });
  if (!pulled.includes(DATA)) throw new Error('what was published after all was not pulled');
  await call('Subscriber', 'DeleteSubscription', 'DeleteSubscriptionRequest', { subscription: SUBSCRIPTION });
  await call('Publisher', 'DeleteTopic', 'DeleteTopicRequest', { topic: TOPIC });
}
