import { z } from 'zod';
import { checkBigQueryConfig } from '#emulator/pubsub/bigquery/config.ts';
import { parseFilter } from '#emulator/pubsub/filter/filter.ts';
import type { Subscription } from '#emulator/pubsub/protocol/resources.ts';
import { invalidArgument } from '#emulator/pubsub/protocol/status.ts';
import { checkPushConfig } from '#emulator/pubsub/push/config.ts';
import { parseResourceName } from '#emulator/pubsub/resource-name.ts';
import { checkMessageTransforms } from '#emulator/pubsub/transform/message-transforms.ts';

/** What the relay plays of a subscription; the rest (retention, labels, retry policy …) is the Pub/Sub server's. */
const SubscriptionJson = z.object({
  name: z.string(),
  /** As the service has it where the subscription says nothing. */
  ackDeadlineSeconds: z.int().min(10).max(600).default(10),
  enableMessageOrdering: z.boolean().default(false),
  filter: z.string().exactOptional(),
  deadLetterPolicy: z
    .object({ deadLetterTopic: z.string(), maxDeliveryAttempts: z.int().min(5).max(100).default(5) })
    .exactOptional(),
  pushConfig: z
    .object({
      pushEndpoint: z.string().exactOptional(),
      oidcToken: z.object({ serviceAccountEmail: z.string(), audience: z.string().exactOptional() }).exactOptional(),
      noWrapper: z.object({ writeMetadata: z.boolean().exactOptional() }).exactOptional(),
    })
    .exactOptional(),
  bigqueryConfig: z
    .object({
      table: z.string(),
      useTopicSchema: z.boolean().exactOptional(),
      useTableSchema: z.boolean().exactOptional(),
      writeMetadata: z.boolean().exactOptional(),
      dropUnknownFields: z.boolean().exactOptional(),
    })
    .exactOptional(),
  cloudStorageConfig: z.never('the relay does not play it').exactOptional(),
  bigtableConfig: z.never('the relay does not play it').exactOptional(),
  messageTransforms: z
    .array(
      z.object({
        javascriptUdf: z.object({ functionName: z.string(), code: z.string() }),
        disabled: z.boolean().exactOptional(),
      }),
    )
    .exactOptional(),
});

/** A subscription that the relay is asked to play, checked as Pub/Sub would. */
export type RelayedSubscription = z.infer<typeof SubscriptionJson> & Subscription;

/** Whether anything of it is left to the relay. A pull subscription is not: whoever pulls it pulls the server itself. */
export const isRelayed = ({ pushConfig, bigqueryConfig }: RelayedSubscription): boolean =>
  Boolean(pushConfig?.pushEndpoint ?? bigqueryConfig);

/**
 * Reads a `google.pubsub.v1.Subscription` in proto3 JSON.
 * @throws StatusError INVALID_ARGUMENT naming the field, also where it asks for what nobody would play
 */
export function parseSubscription(json: unknown): RelayedSubscription {
  const { success, data: subscription, error } = SubscriptionJson.safeParse(json);
  if (!success) throw invalidArgument(z.prettifyError(error));
  const { name, pushConfig, bigqueryConfig, filter, messageTransforms, deadLetterPolicy } = subscription;
  parseResourceName('subscriptions', name);
  if (deadLetterPolicy) parseResourceName('topics', deadLetterPolicy.deadLetterTopic);
  if (pushConfig) checkPushConfig(pushConfig);
  if (bigqueryConfig) checkBigQueryConfig(bigqueryConfig);
  if (pushConfig?.pushEndpoint && bigqueryConfig) {
    throw invalidArgument('Only one of push_config and bigquery_config can be set.');
  }
  if (filter) parseFilter(filter);
  checkMessageTransforms(messageTransforms);
  // A filter is the server's where somebody pulls: one that ignores filters gives more than it should, and nothing less.
  if (!isRelayed(subscription) && messageTransforms?.some(({ disabled }) => !disabled)) {
    throw invalidArgument('message_transforms: whoever pulls would see the original; they cannot be relayed.');
  }
  return subscription;
}
