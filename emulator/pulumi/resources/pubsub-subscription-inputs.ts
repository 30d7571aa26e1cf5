import { z } from 'zod';
import { subscriptionPath, topicPath } from '#shared/naming/tenant-names.ts';
import { Duration, type DurationMessage, durationMessage } from './duration.ts';

/** Inputs of `gcp.pubsub.Subscription` that the local cloud understands. */
export const SubscriptionInputs = z.strictObject({
  name: z.string(),
  project: z.string(),
  topic: z.string(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  ackDeadlineSeconds: z.int().exactOptional(),
  messageRetentionDuration: Duration.exactOptional(),
  retainAckedMessages: z.boolean().exactOptional(),
  enableMessageOrdering: z.boolean().exactOptional(),
  enableExactlyOnceDelivery: z.boolean().exactOptional(),
  filter: z.string().exactOptional(),
  /** An empty `ttl`: it never expires. */
  expirationPolicy: z.strictObject({ ttl: z.union([z.literal(''), Duration]) }).exactOptional(),
  retryPolicy: z
    .strictObject({ minimumBackoff: Duration.exactOptional(), maximumBackoff: Duration.exactOptional() })
    .exactOptional(),
  deadLetterPolicy: z
    .strictObject({ deadLetterTopic: z.string(), maxDeliveryAttempts: z.int().exactOptional() })
    .exactOptional(),
  pushConfig: z
    .strictObject({
      pushEndpoint: z.url(),
      attributes: z.record(z.string(), z.string()).exactOptional(),
      oidcToken: z
        .strictObject({ serviceAccountEmail: z.string(), audience: z.string().exactOptional() })
        .exactOptional(),
      noWrapper: z.strictObject({ writeMetadata: z.boolean() }).exactOptional(),
    })
    .exactOptional(),
  bigqueryConfig: z
    .strictObject({
      table: z.string(),
      useTableSchema: z.boolean().exactOptional(),
      useTopicSchema: z.boolean().exactOptional(),
      writeMetadata: z.boolean().exactOptional(),
      dropUnknownFields: z.boolean().exactOptional(),
      serviceAccountEmail: z.string().exactOptional(),
    })
    .exactOptional(),
  messageTransforms: z
    .array(
      z.strictObject({
        javascriptUdf: z.strictObject({ functionName: z.string(), code: z.string() }),
        disabled: z.boolean().exactOptional(),
      }),
    )
    .exactOptional(),
});

export type SubscriptionInputs = z.infer<typeof SubscriptionInputs>;

/** What Pub/Sub replaces a subscription for, and its backlog with it. */
export const IMMUTABLE_SUBSCRIPTION_INPUTS: readonly (keyof SubscriptionInputs)[] = [
  'name',
  'project',
  'topic',
  'filter',
  'enableMessageOrdering',
];

/** The inputs that can be updated, as paths of a field mask. */
export const UPDATABLE_SUBSCRIPTION_PATHS: readonly string[] = Object.keys(SubscriptionInputs.shape)
  .filter((key) => !(IMMUTABLE_SUBSCRIPTION_INPUTS as readonly string[]).includes(key))
  .map((key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** A `google.pubsub.v1.Subscription` in proto3 JSON. */
export function subscriptionJson(inputs: SubscriptionInputs): Record<string, unknown> & { name: string } {
  const { name, project, topic, expirationPolicy, ...rest } = inputs;
  return {
    ...rest,
    name: subscriptionPath(project, name),
    topic: topic.includes('/') ? topic : topicPath(project, topic),
    ...(expirationPolicy && { expirationPolicy: expirationPolicy.ttl === '' ? {} : expirationPolicy }),
  };
}

/** The same as the message that a gRPC client takes. */
export function subscriptionMessage(inputs: SubscriptionInputs): SubscriptionMessage {
  const { expirationPolicy, messageRetentionDuration, retryPolicy, ...rest } = inputs;
  return {
    ...rest,
    ...pathsOf(inputs),
    ...(messageRetentionDuration !== undefined && {
      messageRetentionDuration: durationMessage(messageRetentionDuration),
    }),
    ...(expirationPolicy && {
      expirationPolicy: expirationPolicy.ttl === '' ? {} : { ttl: durationMessage(expirationPolicy.ttl) },
    }),
    ...(retryPolicy && { retryPolicy: retryPolicyMessage(retryPolicy, 1) }),
  };
}

/**
 * What Google's emulator can be asked for: a plain pull subscription. The relay plays the rest. A filter it accepts, and
 * ignores: whoever pulls sees all messages there.
 */
export function plainPullMessage(inputs: SubscriptionInputs, backoffScale: number): SubscriptionMessage {
  const { labels, filter, ackDeadlineSeconds, deadLetterPolicy, retryPolicy, enableMessageOrdering } = inputs;
  return {
    ...pathsOf(inputs),
    ...(labels && { labels }),
    ...(filter !== undefined && { filter }),
    ...(ackDeadlineSeconds !== undefined && { ackDeadlineSeconds }),
    ...(enableMessageOrdering !== undefined && { enableMessageOrdering }),
    ...(deadLetterPolicy && { deadLetterPolicy }),
    ...(retryPolicy && { retryPolicy: retryPolicyMessage(retryPolicy, backoffScale) }),
  };
}

type Messages = {
  messageRetentionDuration?: DurationMessage;
  expirationPolicy?: { ttl?: DurationMessage };
  retryPolicy?: { minimumBackoff?: DurationMessage; maximumBackoff?: DurationMessage };
};
type SubscriptionMessage = Omit<SubscriptionInputs, 'project' | keyof Messages> & Messages;

function pathsOf({ name, project, topic }: SubscriptionInputs): { name: string; topic: string } {
  return { name: subscriptionPath(project, name), topic: topic.includes('/') ? topic : topicPath(project, topic) };
}

function retryPolicyMessage(
  { minimumBackoff, maximumBackoff }: NonNullable<SubscriptionInputs['retryPolicy']>,
  scale: number,
): NonNullable<Messages['retryPolicy']> {
  return {
    ...(minimumBackoff !== undefined && { minimumBackoff: durationMessage(minimumBackoff, scale) }),
    ...(maximumBackoff !== undefined && { maximumBackoff: durationMessage(maximumBackoff, scale) }),
  };
}
