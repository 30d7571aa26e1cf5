import type { DeadLetterPolicy, PubsubMessage } from './protocol/resources.ts';
import { invalidArgument } from './protocol/status.ts';
import { parseResourceName } from './resource-name.ts';

const DEFAULT_MAX_DELIVERY_ATTEMPTS = 5;
const FEWEST_DELIVERY_ATTEMPTS = 5;
const MOST_DELIVERY_ATTEMPTS = 100;

/** Fills in the service's default. @throws StatusError INVALID_ARGUMENT */
export function checkDeadLetterPolicy(policy: DeadLetterPolicy): DeadLetterPolicy {
  const maxDeliveryAttempts = policy.maxDeliveryAttempts || DEFAULT_MAX_DELIVERY_ATTEMPTS;
  parseResourceName('topics', policy.deadLetterTopic);
  if (maxDeliveryAttempts < FEWEST_DELIVERY_ATTEMPTS || maxDeliveryAttempts > MOST_DELIVERY_ATTEMPTS) {
    throw invalidArgument(
      `Invalid max_delivery_attempts: ${maxDeliveryAttempts}. It must be between ${FEWEST_DELIVERY_ATTEMPTS} and ${MOST_DELIVERY_ATTEMPTS}.`,
    );
  }
  return { ...policy, maxDeliveryAttempts };
}

/** Whether a message has failed for the last time. */
export const isExhausted = (policy: DeadLetterPolicy, failures: number): boolean =>
  failures >= (policy.maxDeliveryAttempts ?? DEFAULT_MAX_DELIVERY_ATTEMPTS);

/** Where a dead letter comes from, and why it became one. */
export interface DeadLetterSource {
  readonly project: string;
  readonly subscriptionId: string;
  readonly deliveryAttempts: number;
  /** Known where Pub/Sub itself writes the message (BigQuery subscriptions); a nack carries no reason. */
  readonly errorMessage?: string | undefined;
}

/** At most what an attribute can carry. */
const MAX_ERROR_BYTES = 1024;

/**
 * The message as it is published to the dead-letter topic: unchanged, with attributes that tell its origin.
 * @see https://cloud.google.com/pubsub/docs/handling-failures#dead_letter_topic
 */
export function deadLetter(
  message: PubsubMessage,
  { project, subscriptionId, deliveryAttempts, errorMessage }: DeadLetterSource,
): Pick<PubsubMessage, 'data' | 'attributes' | 'orderingKey'> {
  return {
    data: message.data,
    orderingKey: message.orderingKey,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(deliveryAttempts),
      CloudPubSubDeadLetterSourceSubscription: subscriptionId,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishTimeMs).toISOString().replace('Z', '+00:00'),
      ...(errorMessage && { CloudPubSubDeadLetterSourceDeliveryErrorMessage: truncate(errorMessage) }),
    },
  };
}

function truncate(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_ERROR_BYTES) return text;
  // A character cut in two decodes to U+FFFD at the end.
  return bytes
    .subarray(0, MAX_ERROR_BYTES)
    .toString()
    .replace(/\uFFFD$/u, '');
}
