import { BigQuery } from '@google-cloud/bigquery';
import firestoreLibrary from '@google-cloud/firestore';
import { PassThroughClient } from 'google-auth-library';
import type { ResourceHandler } from '../resource-handler.ts';
import type { Targets } from '../targets.ts';
import { datasetResource } from './bigquery-dataset.ts';
import { tableResource } from './bigquery-table.ts';
import { cloudRunServiceResource } from './cloud-run-service.ts';
import { documentResource } from './firestore-document.ts';
import { identityResources } from './identities.ts';
import { pubsubIamMemberResources } from './pubsub-iam-member.ts';
import { connectPubSub, grpcOptions } from './pubsub-clients.ts';
import { relayedSubscriptionResource, subscriptionResource } from './pubsub-subscription.ts';
import { topicResource } from './pubsub-topic.ts';
import { randomBytesResource } from './random-bytes.ts';

/** Every type of resource that the local cloud has a place for, by type. */
export interface LocalResources {
  readonly handlers: ReadonlyMap<string, ResourceHandler>;
  close(): Promise<void>;
}

/** Connects to the local servers; nothing is called yet. */
export function connectResources(targets: Targets): LocalResources {
  const pubsub = connectPubSub(targets.pubsub, targets.projectId);
  const firestore = new firestoreLibrary.v1.FirestoreClient({
    ...grpcOptions(targets.firestore),
    projectId: targets.projectId,
  });
  const bigquery = new BigQuery({
    projectId: targets.projectId,
    apiEndpoint: targets.bigquery,
    authClient: new PassThroughClient(),
    autoRetry: false,
  });
  const handlers: ResourceHandler[] = [
    topicResource(pubsub),
    targets.relay === undefined
      ? subscriptionResource(pubsub)
      : relayedSubscriptionResource(pubsub, targets.relay, targets.backoffScale ?? 1),
    ...pubsubIamMemberResources(pubsub),
    datasetResource(bigquery),
    tableResource(bigquery),
    documentResource(firestore),
    randomBytesResource(),
    ...identityResources(),
    cloudRunServiceResource(targets),
  ];
  return {
    handlers: new Map(handlers.map((handler) => [handler.type, handler])),
    close: async () => {
      await Promise.all([pubsub.close(), firestore.close()]);
    },
  };
}
