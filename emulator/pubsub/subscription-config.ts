import { checkBigQueryConfig } from './bigquery/config.ts';
import { checkDeadLetterPolicy } from './dead-letter-policy.ts';
import { parseFilter } from './filter/filter.ts';
import { checkLabels } from './labels.ts';
import { DAY_MS, MINUTE_MS, requireBetween } from './protocol/duration.ts';
import type { Subscription as SubscriptionResource } from './protocol/resources.ts';
import { invalidArgument } from './protocol/status.ts';
import { checkPushConfig } from './push/config.ts';
import { DELETED_TOPIC, parseResourceName } from './resource-name.ts';
import { checkRetryPolicy } from './retry-policy.ts';
import { checkCloudStorageConfig } from './storage/config.ts';
import { checkMessageTransforms } from './transform/message-transforms.ts';

/** What UpdateSubscription may change: not the topic, the filter, or whether there is an order. */
export const UPDATABLE_SUBSCRIPTION_FIELDS: ReadonlySet<string> = new Set([
  'pushConfig',
  'bigqueryConfig',
  'cloudStorageConfig',
  'bigtableConfig',
  'ackDeadlineSeconds',
  'retainAckedMessages',
  'messageRetentionDuration',
  'labels',
  'expirationPolicy',
  'deadLetterPolicy',
  'retryPolicy',
  'enableExactlyOnceDelivery',
  'messageTransforms',
]);

const DEFAULT_ACK_DEADLINE_SECONDS = 10;
const SHORTEST_ACK_DEADLINE_SECONDS = 10;
export const LONGEST_ACK_DEADLINE_SECONDS = 600;
const DEFAULT_RETENTION = { seconds: 7 * 24 * 3600 };
const SHORTEST_RETENTION_MS = 10 * MINUTE_MS;
const LONGEST_RETENTION_MS = 31 * DAY_MS;
const DEFAULT_EXPIRATION_POLICY = { ttl: { seconds: 31 * 24 * 3600 } };
const SHORTEST_TTL_MS = DAY_MS;
/** The service names no longest ttl; this is the longest Duration that protocol buffers define. */
const LONGEST_TTL_MS = 315_576_000_000 * 1000;

/**
 * The subscription as the service returns it: checked, and with the service's defaults.
 * @throws StatusError INVALID_ARGUMENT naming the field
 */
export function checkSubscription(subscription: SubscriptionResource): SubscriptionResource {
  const { tags: _inputOnly, topicMessageRetentionDuration: _outputOnly, ...kept } = subscription;
  const {
    ackDeadlineSeconds = 0,
    messageRetentionDuration = DEFAULT_RETENTION,
    expirationPolicy = DEFAULT_EXPIRATION_POLICY,
    pushConfig = {},
    retryPolicy,
    deadLetterPolicy,
    bigqueryConfig,
    cloudStorageConfig,
    filter,
  } = kept;
  parseResourceName('subscriptions', kept.name);
  if (kept.topic !== DELETED_TOPIC) parseResourceName('topics', kept.topic);
  checkLabels(kept.labels);
  requireBetween('message_retention_duration', messageRetentionDuration, SHORTEST_RETENTION_MS, LONGEST_RETENTION_MS);
  if (expirationPolicy.ttl)
    requireBetween('expiration_policy.ttl', expirationPolicy.ttl, SHORTEST_TTL_MS, LONGEST_TTL_MS);
  if (filter) parseFilter(filter);
  checkMessageTransforms(kept.messageTransforms);
  requireOneDestination(kept);
  // Without it this would be a pull subscription, and its messages would wait for a table that nobody writes.
  if (kept.bigtableConfig) throw invalidArgument('bigtable_config is not supported by this server.');
  return {
    ...kept,
    pushConfig: checkPushConfig(pushConfig),
    ackDeadlineSeconds: checkAckDeadline(ackDeadlineSeconds),
    messageRetentionDuration,
    expirationPolicy,
    ...(retryPolicy && { retryPolicy: checkRetryPolicy(retryPolicy) }),
    ...(deadLetterPolicy && { deadLetterPolicy: checkDeadLetterPolicy(deadLetterPolicy) }),
    ...(bigqueryConfig?.table && { bigqueryConfig: checkBigQueryConfig(bigqueryConfig) }),
    ...(cloudStorageConfig && { cloudStorageConfig: checkCloudStorageConfig(cloudStorageConfig) }),
    state: 'ACTIVE',
  };
}

function checkAckDeadline(seconds: number): number {
  const deadline = seconds || DEFAULT_ACK_DEADLINE_SECONDS;
  if (deadline >= SHORTEST_ACK_DEADLINE_SECONDS && deadline <= LONGEST_ACK_DEADLINE_SECONDS) return deadline;
  throw invalidArgument(
    `Invalid ack_deadline_seconds: ${seconds}. It must be between ${SHORTEST_ACK_DEADLINE_SECONDS} and ${LONGEST_ACK_DEADLINE_SECONDS}.`,
  );
}

function requireOneDestination(subscription: SubscriptionResource): void {
  const destinations = [
    subscription.pushConfig?.pushEndpoint && 'push_config',
    subscription.bigqueryConfig?.table && 'bigquery_config',
    subscription.cloudStorageConfig && 'cloud_storage_config',
    subscription.bigtableConfig && 'bigtable_config',
  ].filter(Boolean);
  if (subscription.enableExactlyOnceDelivery && destinations.length > 0) {
    throw invalidArgument(`enable_exactly_once_delivery is for pull subscriptions: ${destinations[0]} cannot be set.`);
  }
  if (destinations.length > 1) throw invalidArgument(`Only one of ${destinations.join(' and ')} can be set.`);
}
