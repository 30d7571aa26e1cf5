import { FakeClock } from '../clock/fake-clock.ts';
import { loadDescriptors } from '../protocol/descriptors.ts';
import type {
  PubsubMessage,
  Subscription as SubscriptionResource,
  Topic as TopicResource,
} from '../protocol/resources.ts';
import { createPublisher } from '../publisher.ts';
import { PubSub, type PubSubOptions } from '../pubsub.ts';
import type { Call, Unary, UnaryHandlers } from '../rpc.ts';
import { createSchemaService } from '../schema/schema-service.ts';
import { createSubscriber } from '../subscriber.ts';
import { compileEnabled } from '../transform/transform-messages.ts';
import type { TransformWorker } from '../transform/transform-worker.ts';
import type { Transform } from '../transform/transform.ts';

export const PROJECT = 'projects/acme-project';
export const TOPIC = `${PROJECT}/topics/events`;
export const SUBSCRIPTION = `${PROJECT}/subscriptions/events.archive`;

/** A message to publish: its data as text, or more than that. */
export type Draft = string | { data?: string; attributes?: Record<string, string>; orderingKey?: string };

export interface Received {
  readonly ackId: string;
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  readonly orderingKey: string;
  /** Left out where the subscription has no dead-letter policy. */
  readonly deliveryAttempt?: number;
}

const descriptors = loadDescriptors();
const pullResponse = descriptors.lookupType('google.pubsub.v1.PullResponse');
const publishRequest = descriptors.lookupType('google.pubsub.v1.PublishRequest');
const publishResponse = descriptors.lookupType('google.pubsub.v1.PublishResponse');
/** A caller that waits for as long as it takes. */
export const PATIENT: Call = {
  deadlineMs: Number.POSITIVE_INFINITY,
  onCancelled: () => undefined,
  onAnswered: () => undefined,
};

export interface HarnessOptions extends Partial<PubSubOptions> {
  /** What every subscription's transforms do. */
  readonly transform?: Transform;
  /** See `SubscriberOptions`. */
  readonly emptyPullsTimeOut?: boolean;
  /** What runs the transforms of topics; without it they have none. */
  readonly topicTransforms?: TransformWorker;
}

/** A Pub/Sub server without a network, at a time that the test decides. */
export function createHarness(options: HarnessOptions = {}): Harness {
  return new Harness(options);
}

export class Harness {
  readonly clock = new FakeClock();
  readonly pubsub: PubSub;
  readonly #handlers: UnaryHandlers;

  constructor({ transform, topicTransforms, emptyPullsTimeOut = false, ...options }: HarnessOptions) {
    this.pubsub = new PubSub({
      clock: this.clock,
      backoffScale: 1,
      maxHeldBytes: 100 * 1024 * 1024,
      createExporter: () => undefined,
      handOutDelayMs: 0,
      ...options,
    });
    this.#handlers = {
      ...createPublisher(this.pubsub, async (transforms) =>
        topicTransforms ? compileEnabled(transforms, topicTransforms) : undefined,
      ),
      ...createSchemaService(this.pubsub),
      ...createSubscriber(this.pubsub, { compileTransforms: () => Promise.resolve(transform), emptyPullsTimeOut }),
    };
  }

  /** Calls an RPC by its name, as the servers do. */
  async call(name: string, request: object, caller: Partial<Call> = {}): Promise<object> {
    const handler = this.#handlers[name] as Unary<unknown>;
    const onAnswered: (() => void)[] = [];
    const call = { ...PATIENT, onAnswered: (run: () => void) => void onAnswered.push(run), ...caller };
    try {
      return await handler(request, call);
    } finally {
      for (const run of onAnswered) run();
    }
  }

  topic(resource: TopicResource = {}): Promise<TopicResource> {
    return this.call('CreateTopic', { name: TOPIC, ...resource });
  }

  subscription(resource: SubscriptionResource = {}): Promise<SubscriptionResource> {
    return this.call('CreateSubscription', { name: SUBSCRIPTION, topic: TOPIC, ...resource });
  }

  /** Publishes to the topic in one request; the messages can be handed out at once. @returns the message ids */
  async publish(...drafts: Draft[]): Promise<string[]> {
    return this.publishTo(TOPIC, ...drafts);
  }

  async publishTo(topic: string, ...drafts: Draft[]): Promise<string[]> {
    const encoded = encodePublishRequest(topic, ...drafts);
    const response = publishResponse.decode((await this.call('Publish', encoded)) as Buffer);
    const published = this.pubsub.topic(topic);
    published.release(published.log.newestId);
    return (publishResponse.toObject(response) as { messageIds: string[] }).messageIds;
  }

  /** What is there for the taking now. */
  async pull(maxMessages = 100, subscription = SUBSCRIPTION): Promise<Received[]> {
    const pulling = this.call('Pull', { subscription, maxMessages, returnImmediately: true });
    this.clock.settle();
    const response = pullResponse.toObject(pullResponse.decode((await pulling) as Buffer), { arrays: true });
    return (response as { receivedMessages: PulledMessage[] }).receivedMessages.map(toReceived);
  }

  /** The data of what is there for the taking now. */
  async pullData(maxMessages = 100, subscription = SUBSCRIPTION): Promise<string[]> {
    return (await this.pull(maxMessages, subscription)).map(({ data }) => data);
  }

  async acknowledge(received: readonly Received[], subscription = SUBSCRIPTION): Promise<void> {
    await this.call('Acknowledge', { subscription, ackIds: received.map(({ ackId }) => ackId) });
  }

  async nack(received: readonly Received[], subscription = SUBSCRIPTION): Promise<void> {
    const ackIds = received.map(({ ackId }) => ackId);
    await this.call('ModifyAckDeadline', { subscription, ackIds, ackDeadlineSeconds: 0 });
    this.clock.settle();
  }
}

/** What `Publish` is called with. */
export function encodePublishRequest(topic: string, ...drafts: readonly Draft[]): Buffer {
  const messages = drafts.map((draft) => {
    const { data = '', attributes, orderingKey } = typeof draft === 'string' ? { data: draft } : draft;
    return { data: Buffer.from(data), attributes, orderingKey };
  });
  return publishRequest.encode(publishRequest.fromObject({ topic, messages })).finish() as Buffer;
}

interface PulledMessage {
  readonly ackId: string;
  readonly deliveryAttempt?: number;
  readonly message: {
    readonly data?: Buffer;
    readonly attributes?: Record<string, string>;
    readonly messageId: string;
    readonly orderingKey?: string;
  };
}

function toReceived({ ackId, deliveryAttempt, message }: PulledMessage): Received {
  const { data = Buffer.alloc(0), attributes = {}, messageId, orderingKey = '' } = message;
  const received = { ackId, data: data.toString(), attributes: { ...attributes }, messageId, orderingKey };
  return deliveryAttempt === undefined ? received : { ...received, deliveryAttempt };
}

/** A message as a subscriber sees it, for what works on single messages. */
export function pubsubMessage(overrides: Partial<Omit<PubsubMessage, 'data'>> & { data?: string } = {}): PubsubMessage {
  const { data = '{}', ...rest } = overrides;
  return {
    data: Buffer.from(data),
    attributes: {},
    messageId: '42',
    publishTimeMs: Date.parse('2026-11-20T10:30:00.123Z'),
    orderingKey: '',
    ...rest,
  };
}
