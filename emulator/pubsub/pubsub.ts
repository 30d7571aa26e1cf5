import { HeldBytes } from './backlog/held-bytes.ts';
import type { Clock } from './clock/clock.ts';
import { deadLetter } from './dead-letter-policy.ts';
import type { Lease } from './lease.ts';
import { decodeMessage, encodePublisherFields } from './protocol/pubsub-message.ts';
import type { Subscription as SubscriptionResource, Topic as TopicResource } from './protocol/resources.ts';
import { alreadyExists, notFound, StatusError } from './protocol/status.ts';
import { Releases } from './releases.ts';
import { parseResourceName } from './resource-name.ts';
import { currentMessage } from './schema/current-message.ts';
import type { Schema } from './schema/schema.ts';
import { DELETED_SCHEMA } from './schema/schema-name.ts';
import { Schemas } from './schema/schemas.ts';
import { Snapshots } from './snapshot/snapshots.ts';
import { type DeliveryFaults, type Exporter, Subscription } from './subscription.ts';
import { Topic } from './topic.ts';
import type { CompiledTransforms } from './transform/transform-worker.ts';
import type { Transform } from './transform/transform.ts';

export interface PubSubOptions {
  readonly clock: Clock;
  /** Multiplies back-off of retries and of failing endpoints; the resources keep showing what was configured. */
  readonly backoffScale: number;
  /** What messages may hold in memory before publishers meet RESOURCE_EXHAUSTED. */
  readonly maxHeldBytes: number;
  /** See `SubscriptionEnvironment.createExporter`. */
  readonly createExporter: (subscription: Subscription) => Exporter | undefined;
  /** See `Releases`. */
  readonly handOutDelayMs: number;
  readonly faults?: DeliveryFaults | undefined;
}

/** How often what has outlived its retention or its expiration policy is looked for. Delivery itself is exact. */
const HOUSEKEEPING_MS = 10_000;

/** All topics and subscriptions of all projects, and their messages. In memory: it is gone with the process. */
export class PubSub {
  readonly clock: Clock;
  readonly held: HeldBytes;
  readonly releases: Releases;
  readonly schemas: Schemas;
  readonly snapshots: Snapshots;
  readonly #options: PubSubOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  #lastMessageId: number;
  #lastSubscriptionUid = 0;
  #isClosed = false;

  constructor(options: PubSubOptions) {
    this.clock = options.clock;
    this.held = new HeldBytes(options.maxHeldBytes);
    this.releases = new Releases(options.clock, options.handOutDelayMs);
    this.schemas = new Schemas(options.clock);
    this.snapshots = new Snapshots(options.clock);
    this.#options = options;
    // As long as the service's, below 2^53, and ascending from run to run.
    this.#lastMessageId = this.clock.now() * 1000;
    this.#scheduleHousekeeping();
  }

  get topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values();
  }

  createTopic(resource: TopicResource, transforms: CompiledTransforms | undefined): Topic {
    const { name = '' } = resource;
    if (this.#topics.has(name)) throw alreadyExists(parseResourceName('topics', name).id);
    const topic = new Topic(name, resource, transforms, {
      clock: this.clock,
      held: this.held,
      nextMessageId: () => ++this.#lastMessageId,
    });
    this.#topics.set(name, topic);
    return topic;
  }

  /** @throws StatusError NOT_FOUND, or INVALID_ARGUMENT when that is no name of a topic */
  topic(name: string | undefined): Topic {
    const topic = this.#topics.get(name ?? '');
    if (!topic) throw notFound(parseResourceName('topics', name).id);
    return topic;
  }

  deleteTopic(topic: Topic): void {
    this.#topics.delete(topic.name);
    topic.delete();
  }

  createSubscription(resource: SubscriptionResource, transform: Transform | undefined): Subscription {
    const { name = '' } = resource;
    if (this.#subscriptions.has(name)) throw alreadyExists(parseResourceName('subscriptions', name).id);
    const topic = this.topic(resource.topic);
    const uid = ++this.#lastSubscriptionUid;
    const { clock } = this;
    const { backoffScale, createExporter, faults } = this.#options;
    const subscription = new Subscription(uid, resource, topic, transform, {
      clock,
      backoffScale,
      createExporter,
      faults,
      forwardDeadLetter: (from, lease) => this.#forwardDeadLetter(from, lease),
      currentMessage: (message) => currentMessage(message, this.schemas, this.held),
    });
    this.#subscriptions.set(name, subscription);
    return subscription;
  }

  findSubscription(name: string): Subscription | undefined {
    return this.#subscriptions.get(name);
  }

  /** @throws StatusError NOT_FOUND, or INVALID_ARGUMENT when that is no name of a subscription */
  subscription(name: string | undefined): Subscription {
    const subscription = this.#subscriptions.get(name ?? '');
    if (!subscription) throw notFound(parseResourceName('subscriptions', name).id);
    return subscription;
  }

  deleteSubscription(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.name);
    subscription.delete();
  }

  /** Its topics take no more messages. */
  deleteSchema(schema: Schema): void {
    this.schemas.delete(schema);
    for (const topic of this.#topics.values()) {
      const { schemaSettings } = topic.resource;
      if (schemaSettings?.schema !== schema.name) continue;
      const resource = { ...topic.resource, schemaSettings: { ...schemaSettings, schema: DELETED_SCHEMA } };
      topic.update(resource, topic.transforms);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.releases.close();
    for (const subscription of this.#subscriptions.values()) subscription.shutDown();
  }

  #scheduleHousekeeping(): void {
    this.clock.after(HOUSEKEEPING_MS, () => {
      if (this.#isClosed) return;
      this.#keepHouse(this.clock.now());
      this.#scheduleHousekeeping();
    });
  }

  #keepHouse(nowMs: number): void {
    for (const topic of this.#topics.values()) topic.log.expire(nowMs);
    this.snapshots.expire();
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.isExpired(nowMs)) this.deleteSubscription(subscription);
      else subscription.expireMessages(nowMs);
    }
  }

  #forwardDeadLetter(from: Subscription, lease: Lease): boolean {
    const topic = this.#topics.get(from.resource.deadLetterPolicy?.deadLetterTopic ?? '');
    if (!topic) return false;
    const letter = deadLetter(decodeMessage(lease.published), {
      project: from.project,
      subscriptionId: from.id,
      deliveryAttempts: lease.failures,
      errorMessage: lease.lastError,
    });
    const bytes = encodePublisherFields(letter);
    try {
      topic.publish(bytes, [{ start: 0, end: bytes.length, orderingKey: letter.orderingKey, isPlain: true }]);
      // There is no publisher to be answered.
      this.releases.answered(topic, topic.log.newestId);
      return true;
    } catch (error) {
      if (error instanceof StatusError) return false;
      throw error;
    }
  }
}
