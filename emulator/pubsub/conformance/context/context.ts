import type { protos, PubSub, v1 } from '@google-cloud/pubsub';
import { equal, present, Unmet } from '../expectations.ts';
import type { Connection } from './connection.ts';
import { MessageStream } from './message-stream.ts';
import { type Answer, PushEndpoint } from './push-endpoint.ts';
import { ackIdsOf, dataOf, type Received, toReceived } from './received.ts';
import { elapsed, PATIENCE_MS, until } from './waiting.ts';

export type TopicResource = protos.google.pubsub.v1.ITopic;
export type SubscriptionResource = protos.google.pubsub.v1.ISubscription;

/** A message to publish: its data as text, or more than that. */
export type Draft =
  | string
  | { data?: string | Buffer; attributes?: Record<string, string>; orderingKey?: string; messageId?: string };

/** What a row works with: a project of its own on the server, and Google's clients for it. Names are in full. */
export class Context {
  /** `host:port` */
  readonly host: string;
  /** `projects/{project}`, which no other row uses. */
  readonly project: string;
  readonly client: PubSub;
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  readonly schemas: v1.SchemaServiceClient;
  readonly #bigqueryUrl: string | undefined;
  readonly #ends: (() => unknown)[] = [];
  #names = 0;

  constructor(connection: Connection, project: string, bigqueryUrl: string | undefined) {
    this.host = connection.host;
    this.project = project;
    this.client = connection.client;
    this.publisher = connection.publisher;
    this.subscriber = connection.subscriber;
    this.schemas = connection.schemas;
    this.#bigqueryUrl = bigqueryUrl;
  }

  /** The project's id alone. */
  get projectId(): string {
    return this.project.replace('projects/', '');
  }

  /** The BigQuery that the server writes to. @throws Unmet where it knows none */
  get bigqueryUrl(): string {
    if (this.#bigqueryUrl === undefined) throw new Unmet('the server writes to no BigQuery endpoint');
    return this.#bigqueryUrl;
  }

  /** A name in full; without an id, one that is new. */
  name(collection: 'topics' | 'subscriptions' | 'snapshots' | 'schemas', id?: string): string {
    return `${this.project}/${collection}/${id ?? `${collection.slice(0, -1)}-${++this.#names}`}`;
  }

  /** @returns the name of a new topic */
  async topic(resource: TopicResource = {}): Promise<string> {
    const name = resource.name ?? this.name('topics');
    await this.publisher.createTopic({ ...resource, name });
    return name;
  }

  /** @returns the name of a new subscription to the topic */
  async subscription(topic: string, resource: SubscriptionResource = {}): Promise<string> {
    const name = resource.name ?? this.name('subscriptions');
    await this.subscriber.createSubscription({ ...resource, name, topic });
    return name;
  }

  /** @returns the names of a new topic and of a new subscription to it */
  async topicAndSubscription(resource: SubscriptionResource = {}): Promise<{ topic: string; subscription: string }> {
    const topic = await this.topic();
    return { topic, subscription: await this.subscription(topic, resource) };
  }

  /** Publishes in one request. @returns the message ids */
  async publish(topic: string, ...drafts: readonly Draft[]): Promise<string[]> {
    const messages = drafts.map((draft) => {
      const { data = '', ...rest } = typeof draft === 'string' ? { data: draft } : draft;
      return { data: Buffer.from(data), ...rest };
    });
    const [{ messageIds }] = await this.publisher.publish({ topic, messages });
    return messageIds ?? [];
  }

  /** Pulls until so many messages are there; acknowledges nothing. @throws Unmet where they do not come */
  async pull(subscription: string, count: number, withinMs = PATIENCE_MS): Promise<Received[]> {
    const received: Received[] = [];
    await until(
      async () => {
        received.push(...(await this.pullNow(subscription, count - received.length)));
        return received.length >= count ? true : undefined;
      },
      `message ${received.length + 1} of ${count} pulled`,
      withinMs,
    );
    return received;
  }

  /** What is there for the taking at this moment. */
  async pullNow(subscription: string, maxMessages = 100): Promise<Received[]> {
    const [{ receivedMessages }] = await this.subscriber.pull({ subscription, maxMessages, returnImmediately: true });
    return (receivedMessages ?? []).map(toReceived);
  }

  /** Pulls one message. */
  async pullOne(subscription: string, withinMs = PATIENCE_MS): Promise<Received> {
    const [received] = await this.pull(subscription, 1, withinMs);
    return present(received, 'a message');
  }

  /** @throws Unmet where a message can be pulled before the time is over */
  async pullsNothing(subscription: string, forMs = 400): Promise<void> {
    const end = performance.now() + forMs;
    do {
      const received = await this.pullNow(subscription);
      if (received.length > 0) throw new Unmet(`received ${JSON.stringify(dataOf(received))}, but nothing was to come`);
      await elapsed(50);
    } while (performance.now() < end);
  }

  /** Acknowledges what it pulls, until just these messages have come, in any order, and no other. */
  async drains(subscription: string, expected: readonly string[], quietMs = 300): Promise<void> {
    const seen: string[] = [];
    while (seen.length < expected.length) {
      const received = await this.pull(subscription, 1).catch((error: unknown) => {
        throw new Unmet(`only ${JSON.stringify(seen)} of ${JSON.stringify(expected)} came`, { cause: error });
      });
      await this.ack(subscription, ...received);
      seen.push(...dataOf(received));
    }
    equal(seen.sort(), [...expected].sort(), 'what is delivered');
    await this.pullsNothing(subscription, quietMs);
  }

  async ack(subscription: string, ...messages: readonly Received[]): Promise<void> {
    await this.subscriber.acknowledge({ subscription, ackIds: ackIdsOf(messages) });
  }

  async modifyAckDeadline(subscription: string, seconds: number, ...messages: readonly Received[]): Promise<void> {
    const ackIds = ackIdsOf(messages);
    await this.subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: seconds });
  }

  async nack(subscription: string, ...messages: readonly Received[]): Promise<void> {
    await this.modifyAckDeadline(subscription, 0, ...messages);
  }

  async seek(subscription: string, to: { readonly timeMs: number } | { readonly snapshot: string }): Promise<void> {
    if ('snapshot' in to) await this.subscriber.seek({ subscription, snapshot: to.snapshot });
    else await this.subscriber.seek({ subscription, time: timestamp(to.timeMs) });
  }

  async getSubscription(subscription: string) {
    return (await this.subscriber.getSubscription({ subscription }))[0];
  }

  async getTopic(topic: string) {
    return (await this.publisher.getTopic({ topic }))[0];
  }

  async updateSubscription(resource: SubscriptionResource, ...paths: readonly string[]) {
    const request = { subscription: resource, updateMask: { paths: [...paths] } };
    return (await this.subscriber.updateSubscription(request))[0];
  }

  async updateTopic(resource: TopicResource, ...paths: readonly string[]) {
    return (await this.publisher.updateTopic({ topic: resource, updateMask: { paths: [...paths] } }))[0];
  }

  /** A StreamingPull call; it is cancelled when the row ends. */
  stream(subscription: string, first: protos.google.pubsub.v1.IStreamingPullRequest = {}): MessageStream {
    const stream = new MessageStream(this.subscriber, { subscription, ...first });
    this.onEnd(() => stream.cancel());
    return stream;
  }

  /** An endpoint for pushes; it is closed when the row ends. */
  async endpoint(answer: number | ((before: number) => Answer) = 204): Promise<PushEndpoint> {
    const endpoint = await PushEndpoint.listen(typeof answer === 'function' ? answer : () => answer);
    this.onEnd(() => endpoint.close());
    return endpoint;
  }

  /** To be done when the row has ended, however that was. */
  onEnd(end: () => unknown): void {
    this.#ends.push(end);
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
  }
}

/** `google.protobuf.Timestamp` of a time in milliseconds. */
const timestamp = (ms: number): { seconds: number; nanos: number } => ({
  seconds: Math.floor(ms / 1000),
  nanos: Math.floor((ms % 1000) * 1e6),
});
