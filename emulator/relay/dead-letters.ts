import type { v1 } from '@google-cloud/pubsub';
import { deadLetter } from '#emulator/pubsub/dead-letter-policy.ts';
import { parseResourceName } from '#emulator/pubsub/resource-name.ts';
import { CALL_OPTIONS } from '#emulator/pulumi/resources/pubsub-clients.ts';
import type { PulledMessage } from './pull/pulled-message.ts';
import type { RelayedSubscription } from './subscription.ts';

/** Whether this delivery is the last that the subscription's dead-letter policy allows. */
export function isLastDelivery(
  { deadLetterPolicy }: Pick<RelayedSubscription, 'deadLetterPolicy'>,
  { deliveryAttempt }: Pick<PulledMessage, 'deliveryAttempt'>,
): boolean {
  return deadLetterPolicy !== undefined && deliveryAttempt >= deadLetterPolicy.maxDeliveryAttempts;
}

/**
 * Publishes a message to the subscription's dead-letter topic as the service does, with the reason that a server which
 * only sees a nack cannot know. The message may become a dead letter twice, as everywhere in Pub/Sub.
 * @throws the client's error, when the topic did not take it
 */
export async function publishDeadLetter(
  publisher: v1.PublisherClient,
  { name, deadLetterPolicy }: RelayedSubscription,
  { message, deliveryAttempt }: PulledMessage,
  errorMessage: string,
): Promise<void> {
  const { project, id } = parseResourceName('subscriptions', name);
  const source = { project, subscriptionId: id, deliveryAttempts: deliveryAttempt, errorMessage };
  const topic = deadLetterPolicy?.deadLetterTopic ?? '';
  await publisher.publish({ topic, messages: [deadLetter(message, source)] }, CALL_OPTIONS);
}
