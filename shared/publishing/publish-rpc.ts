import { v1 } from '@google-cloud/pubsub-api';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import { topicPath } from '#shared/naming/tenant-names.ts';
import { Status, statusOf } from './grpc-status.ts';
import { encodePublishRequest } from './publish-request.ts';

/** The calls to Pub/Sub that publishing is made of. Each is one attempt. */
export interface PublishRpc {
  /**
   * Resolves when Pub/Sub has acknowledged all of `messages`.
   * @throws an error that `statusOf` knows the gRPC status of. After `timeoutMs` at the latest: DEADLINE_EXCEEDED.
   */
  publish(topic: string, messages: readonly StreamMessage[], timeoutMs: number): Promise<void>;
  /** Whether Pub/Sub answers and knows us. Never throws. */
  isReachable(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const CHANNEL = {
  // Without an upper bound near this, a connection that was down for long would be tried again only after two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A connection that died without a word is found out.
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 20_000,
};

/** `platform` is no tenant's id, so no tenant has this topic. It need not exist. */
const PROBE_TOPIC = 'platform.readiness';

const UNREACHABLE: ReadonlySet<number> = new Set([
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.UNAVAILABLE,
  Status.UNAUTHENTICATED,
]);

const PUBLISH = '/google.pubsub.v1.Publisher/Publish';
const GET_TOPIC = '/google.pubsub.v1.Publisher/GetTopic';

/**
 * Calls Pub/Sub over the channel of Google's generated client, with its credentials; `PUBSUB_EMULATOR_HOST` points it
 * elsewhere. Requests are encoded here ({@link encodePublishRequest}), so that a request's events stay one batch:
 * `Topic.publishMessage` of `@google-cloud/pubsub` copies and walks every request before sending it, makes a promise for each
 * message, and pauses an ordering key after an error.
 *
 * @param connect makes a client. It is asked again where the one before found no credentials.
 */
export function createPublishRpc(projectId: string, connect: () => v1.PublisherClient = connectToPubSub): PublishRpc {
  let client = connect();

  async function channelWithin(timeoutMs: number): Promise<Client> {
    const initializing = client;
    const initialized = withDeadline(initializing.initialize(), timeoutMs, 'credentials for Pub/Sub');
    const stub: object = await initialized.catch((error: unknown) => {
      // It would go on failing for ever: it keeps its first failure.
      if (client === initializing && statusOf(error) !== Status.DEADLINE_EXCEEDED) client = connect();
      throw error;
    });
    // What `initialize` returns is declared as an object of methods; it is a gRPC client.
    if (!(stub instanceof Client)) throw new TypeError('The Pub/Sub client does not speak gRPC.');
    return stub;
  }

  async function call(
    method: string,
    topic: string,
    messages: readonly StreamMessage[],
    timeoutMs: number,
  ): Promise<void> {
    const deadlineAtMs = Date.now() + timeoutMs;
    const path = topicPath(projectId, topic);
    const metadata = new Metadata();
    metadata.set('x-goog-request-params', `topic=${encodeURIComponent(path)}`);
    const channel = await channelWithin(timeoutMs);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    channel.makeUnaryRequest(
      method,
      (request: readonly StreamMessage[]) => encodePublishRequest(path, request),
      ignoreResponse,
      messages,
      metadata,
      { deadline: deadlineAtMs },
      (error) => (error === null ? resolve() : reject(error)),
    );
    await promise;
  }

  return {
    publish: (topic, messages, timeoutMs) => call(PUBLISH, topic, messages, timeoutMs),

    async isReachable(timeoutMs) {
      try {
        // A `GetTopicRequest` is a `PublishRequest` without messages: the topic is the first field of both.
        await call(GET_TOPIC, PROBE_TOPIC, [], timeoutMs);
        return true;
      } catch (error) {
        return !UNREACHABLE.has(statusOf(error));
      }
    },

    close: () => client.close(),
  };
}

function connectToPubSub(): v1.PublisherClient {
  const [host, port] = (process.env['PUBSUB_EMULATOR_HOST'] ?? '').split(':');
  const emulator = host ? { servicePath: host, port: Number(port), sslCreds: credentials.createInsecure() } : {};
  return new v1.PublisherClient({ ...emulator, ...CHANNEL });
}

/** The ids that Pub/Sub gave to the messages, or a topic: nobody asks for them. */
function ignoreResponse(): void {}
