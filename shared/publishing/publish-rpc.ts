import { PubSub, v1 } from '@google-cloud/pubsub';
import type { StreamMessage } from '#shared/events/messages.ts';
import { Status, statusOf } from './grpc-status.ts';

/** The calls to Pub/Sub that publishing is made of. Each is one attempt. */
export interface PublishRpc {
  /**
   * Resolves when Pub/Sub has acknowledged all of `messages`.
   * @throws an error with a gRPC `code`. After `timeoutMs` at the latest: DEADLINE_EXCEEDED.
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

/**
 * Calls Pub/Sub through the generated client of `@google-cloud/pubsub`; `PUBSUB_EMULATOR_HOST` points it elsewhere.
 *
 * Its `Topic.publishMessage` is not used: it copies and walks every request before sending it, makes a promise for each
 * message, and pauses an ordering key after an error. Here a request's events stay one batch.
 */
export function createPublishRpc(projectId: string): PublishRpc {
  const { options } = new PubSub({ projectId });
  const client = new v1.PublisherClient({ ...options, ...RECONNECT });

  return {
    async publish(topic, messages, timeoutMs) {
      const request = { topic: `projects/${projectId}/topics/${topic}`, messages: messages as StreamMessage[] };
      await client.publish(request, callOptions(timeoutMs));
    },

    async isReachable(timeoutMs) {
      try {
        await client.getTopic({ topic: `projects/${projectId}/topics/${PROBE_TOPIC}` }, callOptions(timeoutMs));
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

/** One attempt: the client's own retries would go on for ten minutes, and know nothing of our deadline. */
function callOptions(timeoutMs: number) {
  return { timeout: Math.max(1, timeoutMs), retry: null, isBundling: false };
}
