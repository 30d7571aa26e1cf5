import { randomBytes } from 'node:crypto';
import { encodePublishRequest, type PubSubClient } from './client.ts';

/** A topic with one subscription. */
export interface Fixture extends AsyncDisposable {
  readonly topic: string;
  readonly subscription: string;
}

export const MESSAGE_BYTES = 1024;
const LARGEST_REQUEST = 1000;
const IN_FLIGHT = 4;

let fixtures = 0;

/** A topic that nobody has used before. Disposed of, its messages are no longer held. */
export async function createFixture(client: PubSubClient, pushEndpoint?: string): Promise<Fixture> {
  const id = `bench-${++fixtures}`;
  const topic = `projects/headgate-bench/topics/${id}`;
  const subscription = `projects/headgate-bench/subscriptions/${id}`;
  await client.createTopic(topic);
  await client.createSubscription(subscription, topic, pushEndpoint);
  return { topic, subscription, [Symbol.asyncDispose]: () => client.deleteSubscription(subscription) };
}

/** A request with so many messages of 1 KB. */
export function sampleRequest(topic: string, messages: number): Buffer {
  const data = randomBytes(MESSAGE_BYTES);
  return encodePublishRequest(
    topic,
    Array.from({ length: messages }, () => data),
  );
}

/** Publishes `messages`, a multiple of 1000, as fast as the server takes them. @throws {Error} where one is refused. */
export async function fill(client: PubSubClient, topic: string, messages: number): Promise<void> {
  const request = sampleRequest(topic, LARGEST_REQUEST);
  let left = messages / LARGEST_REQUEST;
  const publish = async (): Promise<void> => {
    while (left-- > 0) await client.publish(request);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, publish));
}
