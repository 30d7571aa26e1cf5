import { Metadata } from '@grpc/grpc-js';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import { topicPath } from '#shared/naming/tenant-names.ts';
import { connectToPubSub, type PubSubChannel } from './channel.ts';
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
 * Calls Pub/Sub. Requests are encoded here ({@link encodePublishRequest}), so that a request's events stay one batch:
 * `Topic.publishMessage` copies and walks every request before sending it, makes a promise for each message, and pauses an
 * ordering key after an error.
 */
export function createPublishRpc(
  projectId: string,
  { client, authorization }: PubSubChannel = connectToPubSub(),
): PublishRpc {
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
    const authorized = await withDeadline(authorization(), timeoutMs, 'credentials for Pub/Sub');
    if (authorized !== undefined) metadata.set('authorization', authorized);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    client.makeUnaryRequest(
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

    close: async () => client.close(),
  };
}

/** The ids that Pub/Sub gave to the messages, or a topic: nobody asks for them. */
function ignoreResponse(): void {}
