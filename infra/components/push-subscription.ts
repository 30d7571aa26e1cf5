import type { Subscription } from '@pulumi/gcp/pubsub/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { createSubscription, type SubscriptionArgs } from './subscription.ts';

export interface PushSubscriptionArgs extends SubscriptionArgs {
  readonly endpoint: Input<string>;
  /** `aud` of the OIDC token that each push carries: by it the receiver knows which tenant's push this is. */
  readonly audience: Input<string>;
  /** Service account whose token each push carries; the receiver takes no other's. */
  readonly serviceAccountEmail: Input<string>;
}

/** Pub/Sub calls a function with each message, at least once, and proves whose subscription it is. */
export class PushSubscription extends ComponentResource {
  readonly subscription: Subscription;

  constructor(name: string, args: PushSubscriptionArgs, options?: ComponentResourceOptions) {
    super('headgate:tenant:PushSubscription', name, {}, options);
    this.subscription = createSubscription(
      name,
      args,
      {
        pushConfig: {
          pushEndpoint: args.endpoint,
          oidcToken: { serviceAccountEmail: args.serviceAccountEmail, audience: args.audience },
        },
        // Ordering cannot be changed on a subscription that exists, and costs nothing while messages carry no ordering
        // key. On from the start, a tenant can ask for ordered delivery later without losing the backlog.
        enableMessageOrdering: true,
      },
      this,
    );
    this.registerOutputs({ subscription: this.subscription.id });
  }
}
