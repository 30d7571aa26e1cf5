import { PubSub } from '@google-cloud/pubsub';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

/** The topic under test. */
export interface BenchTopic {
  /** Forgets all messages published so far. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Leaves the tenant's `events` topic with its archive only: push to `decide` and the rows for the warehouse would take
 * their share of the same cores, and messages that are retained would fill the server's memory.
 */
export async function isolateTopic(project: string, pubsubAddress: string, tenant: TenantId): Promise<BenchTopic> {
  const pubsub = new PubSub({ projectId: project, apiEndpoint: pubsubAddress, emulatorMode: true });
  const { topics, subscriptions } = tenantNames(tenant);
  await Promise.all(
    [subscriptions.eventsDecide, subscriptions.eventsWarehouse].map((name) => pubsub.subscription(name).delete()),
  );
  await pubsub.topic(topics.events).setMetadata({ messageRetentionDuration: null });
  const archive = pubsub.subscription(subscriptions.eventsArchive);
  return {
    drain: async () => {
      await archive.seek(new Date());
    },
    close: () => pubsub.close(),
  };
}
