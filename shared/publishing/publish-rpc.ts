import { PubSub, v1 } from '@google-cloud/pubsub';
import { Client, Metadata } from '@grpc/grpc-js';
import { DeadlineError, withDeadline } from '#shared/deadline/with-deadline.ts';
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

/**
 * Without an upper bound near this, a connection that was down for long would be tried again only after two minutes.
 */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };

/** `platform` is no tenant's id, so no tenant has this topic. It need not exist. */
const PROBE_TOPIC = 'platform.readiness';

const UNREACHABLE: ReadonlySet<number> = new Set([
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.UNAVAILABLE,
  Status.UNAUTHENTICATED,
]);

const PUBLISH = '/google.pubsub.v1.Publisher/Publish';

/**
 * Calls Pub/Sub over the channel of the generated client of `@google-cloud/pubsub`, with its credentials;
 * `PUBSUB_EMULATOR_HOST` points it elsewhere. Requests to publish are encoded here: {@link encodePublishRequest}.
 *
 * `Topic.publishMessage` is not used: it copies and walks every request before sending it, makes a promise for each
 * message, and pauses an ordering key after an error. Here a request's events stay one batch.
 *
 * @param connect makes a client. It is asked again where the one before found no credentials.
 */
export function createPublishRpc(projectId: string, connect = () => createClient(projectId)): PublishRpc {
  let client = connect();

  /** @throws {DeadlineError} where there are no credentials in time. */
  async function initialized(timeoutMs: number): Promise<object> {
    const initializing = client;
    try {
      return await withDeadline(initializing.initialize(), timeoutMs, 'credentials for Pub/Sub');
    } catch (error) {
      // A client that failed would go on failing for ever: it keeps its first failure.
      if (!(error instanceof DeadlineError) && client === initializing) client = connect();
      throw error;
    }
  }

  return {
    async publish(topic, messages, timeoutMs) {
      const deadlineAtMs = Date.now() + timeoutMs;
      await call(channelOf(await initialized(timeoutMs)), topicPath(projectId, topic), messages, deadlineAtMs);
    },

    async isReachable(timeoutMs) {
      const deadlineAtMs = Date.now() + timeoutMs;
      try {
        await initialized(timeoutMs);
        await client.getTopic({ topic: topicPath(projectId, PROBE_TOPIC) }, callOptions(deadlineAtMs - Date.now()));
        return true;
      } catch (error) {
        return !UNREACHABLE.has(statusOf(error));
      }
    },

    async close() {
      await client.close();
    },
  };
}

function createClient(projectId: string): v1.PublisherClient {
  const { options } = new PubSub({ projectId });
  return new v1.PublisherClient({ ...options, ...RECONNECT });
}

/** What `initialize` returns, once it has credentials, is declared as an object of methods; it is a gRPC client. */
function channelOf(stub: object): Client {
  if (!(stub instanceof Client)) throw new TypeError('The Pub/Sub client does not speak gRPC.');
  return stub;
}

function call(channel: Client, topic: string, messages: readonly StreamMessage[], deadlineAtMs: number): Promise<void> {
  const metadata = new Metadata();
  metadata.set('x-goog-request-params', `topic=${encodeURIComponent(topic)}`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  channel.makeUnaryRequest(
    PUBLISH,
    (request: readonly StreamMessage[]) => encodePublishRequest(topic, request),
    ignoreResponse,
    messages,
    metadata,
    { deadline: deadlineAtMs },
    (error) => (error === null ? resolve() : reject(error)),
  );
  return promise;
}

/** The ids that Pub/Sub gave to the messages: nobody asks for them. */
function ignoreResponse(): void {}

/** One attempt: the client's own retries would go on for ten minutes, and know nothing of our deadline. */
function callOptions(timeoutMs: number) {
  return { timeout: Math.max(1, timeoutMs), retry: null, isBundling: false };
}
