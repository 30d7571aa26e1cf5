import { createOidcSigner } from '#emulator/oidc/signer.ts';
import { BigQueryExporter } from './bigquery/bigquery-exporter.ts';
import { parseTableName } from './bigquery/config.ts';
import { openTable } from './bigquery/table.ts';
import { createTableWriter } from './bigquery/table-writer.ts';
import { type Clock, systemClock } from './clock/clock.ts';
import { createFaultsApi } from './fault/faults-api.ts';
import { Faults } from './fault/faults.ts';
import { withFaults } from './fault/faulty-rpc.ts';
import { createIamPolicy } from './iam/iam-policy.ts';
import { loadDescriptors } from './protocol/descriptors.ts';
import type { PubsubMessage } from './protocol/resources.ts';
import { createPublisher } from './publisher.ts';
import { PubSub } from './pubsub.ts';
import { createPushEndpoint } from './push/push-endpoint.ts';
import { PushExporter } from './push/push-exporter.ts';
import type { FieldValue } from './schema/field-value.ts';
import { readMessage } from './schema/read-message.ts';
import { createSchemaService } from './schema/schema-service.ts';
import { addBidiHandler, addUnaryRpc, createGrpcServer } from './server/grpc.ts';
import { createRestApi } from './rest/rest-api.ts';
import { createHttpListener } from './server/http.ts';
import { listen } from './server/port.ts';
import { createStreamingPullHandler } from './server/streaming-pull-call.ts';
import { type UnaryRpc, unaryRpcsOf } from './server/unary-rpc.ts';
import { createStorage } from './storage/storage.ts';
import { createSubscriber } from './subscriber.ts';
import type { Exporter, Subscription } from './subscription.ts';
import { compileEnabled, createTransform } from './transform/transform-messages.ts';
import { createTransformTests } from './transform/transform-tests.ts';
import { TransformWorker } from './transform/transform-worker.ts';

export interface PubSubServerOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Multiplies the delays of retry policies and of failing endpoints; the resources keep showing what was configured. */
  readonly backoffScale?: number;
  /** Where BigQuery subscriptions write: a BigQuery REST API, as BIGQUERY_EMULATOR_HOST names it. */
  readonly bigqueryUrl?: string | undefined;
  /** The folder where Cloud Storage subscriptions write; each bucket is a folder in it. Without it there is no bucket. */
  readonly storageDirectory?: string | undefined;
  /** Whether faults can be asked for, under `/faults`. @see FaultRule */
  readonly faults?: boolean;
  /** What messages may hold in memory before publishers meet RESOURCE_EXHAUSTED. */
  readonly maxHeldBytes?: number;
  /** Most pushes under way at once, for each subscription. */
  readonly maxPushConcurrency?: number;
  /** Whether a pull that finds nothing ends in DEADLINE_EXCEEDED, as at Google, instead of in an empty answer. */
  readonly emptyPullsTimeOut?: boolean;
  /** Is told of faults of the server itself; never of what a caller did wrong. */
  readonly log?: (message: string) => void;
}

export interface PubSubServer {
  /** As PUBSUB_EMULATOR_HOST names it: `127.0.0.1:8085`. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

const DEFAULT_MAX_HELD_BYTES = 2 * 1024 ** 3;
const DEFAULT_MAX_PUSH_CONCURRENCY = 100;
/** 2 ms are not always enough, 5 are. */
const HAND_OUT_DELAY_MS = 5;
const GOOGLE_BIGQUERY_URL = 'https://bigquery.googleapis.com';

/**
 * Starts a Pub/Sub server: `google.pubsub.v1` over gRPC, and on the same port over REST, beside the keys of its OIDC tokens.
 * It is ready when the promise resolves. Everything is in memory.
 */
export async function startPubSub(options: PubSubServerOptions = {}): Promise<PubSubServer> {
  const {
    host = '127.0.0.1',
    port = 0,
    clock = systemClock,
    backoffScale = 1,
    maxHeldBytes = DEFAULT_MAX_HELD_BYTES,
    emptyPullsTimeOut = false,
    log = () => undefined,
  } = options;
  const signer = createOidcSigner(() => clock.now());

  const storage = createStorage(options.storageDirectory, clock);
  const faults = options.faults ? new Faults(clock) : undefined;

  const createExporter = (subscription: Subscription): Exporter | undefined => {
    const { pushConfig, bigqueryConfig, cloudStorageConfig } = subscription.resource;
    if (pushConfig?.pushEndpoint) {
      const { pushEndpoint } = pushConfig;
      const timeoutMs = subscription.ackDeadlineMs;
      const endpoint = createPushEndpoint({ config: { ...pushConfig, pushEndpoint }, signer, timeoutMs, clock });
      const maxConcurrency = options.maxPushConcurrency ?? DEFAULT_MAX_PUSH_CONCURRENCY;
      return new PushExporter({ clock, subscription, endpoint, backoffScale, maxConcurrency });
    }
    if (bigqueryConfig?.table) {
      const table = openTable(options.bigqueryUrl ?? GOOGLE_BIGQUERY_URL, parseTableName(bigqueryConfig.table));
      const read = (message: PubsubMessage): FieldValue | undefined => readMessage(pubsub.schemas, message);
      const config = { ...bigqueryConfig, readMessage: bigqueryConfig.useTopicSchema ? read : undefined };
      const writer = createTableWriter(table, subscription.name, config, () => clock.now());
      return new BigQueryExporter({ clock, subscription, writer, backoffScale });
    }
    return cloudStorageConfig && storage.createExporter(subscription, cloudStorageConfig, pubsub.schemas);
  };

  const pubsub = new PubSub({
    clock,
    backoffScale,
    maxHeldBytes,
    createExporter,
    handOutDelayMs: HAND_OUT_DELAY_MS,
    faults,
  });
  if (faults) {
    faults.onChanged = () => {
      for (const subscription of pubsub.subscriptions) subscription.onFaultsChanged();
    };
  }
  const transforms = new TransformWorker();
  const descriptors = loadDescriptors();
  const subscriberService = descriptors.lookupService('google.pubsub.v1.Subscriber');
  const grpc = createGrpcServer();
  const publisher = createPublisher(pubsub, (messageTransforms) => compileEnabled(messageTransforms, transforms));
  const subscriber = createSubscriber(pubsub, {
    compileTransforms: ({ messageTransforms }) => createTransform(messageTransforms, transforms, pubsub.held),
    emptyPullsTimeOut,
  });
  const withFaultsIfAny = (rpc: UnaryRpc): UnaryRpc => (faults ? withFaults(rpc, faults, pubsub) : rpc);
  const rpcs = [
    ...unaryRpcsOf(descriptors.lookupService('google.pubsub.v1.Publisher'), publisher),
    ...unaryRpcsOf(subscriberService, subscriber),
    ...unaryRpcsOf(descriptors.lookupService('google.pubsub.v1.SchemaService'), createSchemaService(pubsub)),
    ...unaryRpcsOf(descriptors.lookupService('google.iam.v1.IAMPolicy'), createIamPolicy(pubsub)),
  ].map(withFaultsIfAny);
  const restOnly = unaryRpcsOf(
    descriptors.lookupService('google.pubsub.v1.Projects'),
    createTransformTests(pubsub, transforms),
  ).map(withFaultsIfAny);
  for (const rpc of rpcs) addUnaryRpc(grpc, rpc, log);
  addBidiHandler(grpc, subscriberService, 'StreamingPull', createStreamingPullHandler(pubsub, subscriberService, log));

  const http = createHttpListener(signer, createRestApi({ rpcs: [...rpcs, ...restOnly], clock, log }));
  const listening = await listen(host, port, grpc, faults ? createFaultsApi(faults, http) : http);
  return {
    address: `${host}:${listening.port}`,
    port: listening.port,
    async close() {
      pubsub.close();
      transforms.close();
      await Promise.all([listening.close(), storage.settled()]);
    },
  };
}
