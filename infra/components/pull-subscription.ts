import type { Subscription } from '@pulumi/gcp/pubsub/index.js';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { createSubscription, type SubscriptionArgs } from './subscription.ts';

/** Messages wait for whoever asks: a replay, a batch job, a person who looks at what failed. */
export class PullSubscription extends ComponentResource {
  readonly subscription: Subscription;

  constructor(name: string, args: SubscriptionArgs, options?: ComponentResourceOptions) {
    super('headgate:tenant:PullSubscription', name, {}, options);
    this.subscription = createSubscription(name, args, {}, this);
    this.registerOutputs({ subscription: this.subscription.id });
  }
}
