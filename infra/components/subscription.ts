import {
  Subscription,
  type SubscriptionArgs as GcpSubscriptionArgs,
  SubscriptionIAMMember,
} from '@pulumi/gcp/pubsub/index.js';
import { interpolate, type Resource } from '@pulumi/pulumi';
import { DELIVERY_POLICY } from '#shared/delivery/policy.ts';
import { redriveFilter } from '#shared/delivery/redrive-filter.ts';
import { tenantLabels } from '#shared/naming/tenant-names.ts';
import type { Stream } from './stream.ts';
import type { TenantScope } from './tenant-scope.ts';

/** What every kind of subscription is made from. */
export interface SubscriptionArgs {
  readonly scope: TenantScope;
  /** Id of the subscription, from `shared/naming`. */
  readonly subscriptionId: string;
  readonly stream: Stream;
  /** Where it gives up on messages. The dead letters' own subscriptions have none: a circle would never end. */
  readonly deadLetters?: Stream;
}

/** What distinguishes one kind from another. */
type Delivery = Pick<
  GcpSubscriptionArgs,
  'pushConfig' | 'bigqueryConfig' | 'messageTransforms' | 'enableMessageOrdering'
>;

/**
 * A subscription with the retention, retry and dead-letter policy that all share, and the grant without which its
 * dead-letter policy does nothing.
 */
export function createSubscription(
  name: string,
  { scope, subscriptionId, stream, deadLetters }: SubscriptionArgs,
  delivery: Delivery,
  parent: Resource,
): Subscription {
  const subscription = new Subscription(
    name,
    {
      name: subscriptionId,
      project: scope.projectId,
      topic: stream.topic.id,
      // Cannot be changed later, and must not be on dead letters: it says why.
      ...(deadLetters && { filter: redriveFilter(subscriptionId) }),
      labels: tenantLabels(scope.tenantId, stream.streamName),
      messageRetentionDuration: `${DELIVERY_POLICY.messageRetentionSeconds}s`,
      ackDeadlineSeconds: DELIVERY_POLICY.ackDeadlineSeconds,
      // An empty ttl means never. The default deletes a subscription that was idle for 31 days, and with it every
      // message of a customer who comes back on the 32nd.
      expirationPolicy: { ttl: '' },
      // Without it a failing endpoint is called again at once, a hundred times within seconds: every outage of a minute
      // would end in the dead-letter topic.
      retryPolicy: {
        minimumBackoff: `${DELIVERY_POLICY.minimumBackoffSeconds}s`,
        maximumBackoff: `${DELIVERY_POLICY.maximumBackoffSeconds}s`,
      },
      ...(deadLetters && {
        deadLetterPolicy: {
          deadLetterTopic: deadLetters.topic.id,
          maxDeliveryAttempts: DELIVERY_POLICY.maxDeliveryAttempts,
        },
      }),
      ...delivery,
    },
    { parent },
  );

  if (deadLetters) {
    // Pub/Sub's service agent acknowledges here what it has forwarded. Without this grant it forwards and never
    // acknowledges, or does not forward at all: the message comes back for ever and no error says why.
    new SubscriptionIAMMember(
      `${name}-forwarder`,
      {
        subscription: subscription.name,
        project: scope.projectId,
        role: 'roles/pubsub.subscriber',
        member: interpolate`serviceAccount:${scope.pubsubServiceAgent}`,
      },
      { parent },
    );
  }
  return subscription;
}
