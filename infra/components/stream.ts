import { Topic, TopicIAMMember } from '@pulumi/gcp/pubsub/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate } from '@pulumi/pulumi';
import { DELIVERY_POLICY } from '#shared/delivery/policy.ts';
import { type Stream as StreamName, tenantLabels } from '#shared/naming/tenant-names.ts';
import type { TenantScope } from './tenant-scope.ts';

export interface StreamArgs {
  readonly scope: TenantScope;
  readonly stream: StreamName;
  /** E-mail addresses of the service accounts that publish to it, by a name for each. Nobody else can. */
  readonly publishers: Readonly<Record<string, Input<string>>>;
}

/** One stream of one tenant: its topic, and who may publish to it. */
export class Stream extends ComponentResource {
  readonly topic: Topic;
  readonly streamName: StreamName;

  constructor(name: string, { scope, stream, publishers }: StreamArgs, options?: ComponentResourceOptions) {
    super('headgate:tenant:Stream', name, {}, options);
    this.streamName = stream;

    // A topic for each tenant and stream: what is published to one can never be read from another's, and one tenant's
    // backlog delays nobody else. Retention on the topic, not only on subscriptions, is what allows a subscription made
    // tomorrow to be sought back a week.
    this.topic = new Topic(
      name,
      {
        name: scope.names.topics[stream],
        project: scope.projectId,
        labels: tenantLabels(scope.tenantId, stream),
        messageRetentionDuration: `${DELIVERY_POLICY.messageRetentionSeconds}s`,
        // Without it Pub/Sub stores a message in whichever region took it in.
        messageStoragePolicy: { allowedPersistenceRegions: [scope.region] },
      },
      { parent: this },
    );

    // On this topic, not on the project: a function that is tricked into another tenant's topic name is still refused
    // where it has no business at all.
    for (const [publisher, email] of Object.entries(publishers)) {
      new TopicIAMMember(
        `${name}-publisher-${publisher}`,
        {
          topic: this.topic.name,
          project: scope.projectId,
          role: 'roles/pubsub.publisher',
          member: interpolate`serviceAccount:${email}`,
        },
        { parent: this },
      );
    }
    this.registerOutputs({ topic: this.topic.id });
  }
}
