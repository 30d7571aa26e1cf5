import { Acknowledgements, type AckOutcome } from './acknowledgements.ts';
import { Backlog, type BacklogRules } from './backlog/backlog.ts';
import type { Message } from './backlog/message.ts';
import type { SavedBacklog } from './backlog/saved-backlog.ts';
import type { Clock } from './clock/clock.ts';
import type { Consumer } from './consumer.ts';
import { Delivery } from './delivery.ts';
import { parseFilter } from './filter/filter.ts';
import type { Lease } from './lease.ts';
import { Leases } from './leases.ts';
import { SECOND_MS, toMs } from './protocol/duration.ts';
import type { ReceivedMessage } from './protocol/received-messages.ts';
import type { DestinationState, Subscription as SubscriptionResource } from './protocol/resources.ts';
import { StatusError } from './protocol/status.ts';
import { DELETED_TOPIC, parseResourceName } from './resource-name.ts';
import { SERVER_SIDE_BACKOFF } from './retry-policy.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import type { Topic } from './topic.ts';
import type { Transform } from './transform/transform.ts';

/** A consumer that the server itself runs: a push endpoint, a table, a bucket. */
export interface Exporter extends Consumer {
  close(): void;
}

/** What becomes of an acknowledgement: it is lost, or the message comes once more nevertheless. */
export type AcknowledgementFault = 'drop' | 'duplicate';

/** What goes wrong on purpose when messages are delivered. */
export interface DeliveryFaults {
  isDown(subscription: string, topic: string | undefined): boolean;
  onAcknowledge(subscription: string, topic: string | undefined): AcknowledgementFault | undefined;
}

export interface SubscriptionEnvironment {
  readonly clock: Clock;
  readonly backoffScale: number;
  readonly faults?: DeliveryFaults | undefined;
  /** False when the dead-letter topic is gone or full. */
  readonly forwardDeadLetter: (subscription: Subscription, lease: Lease) => boolean;
  /** See `DeliveryRules.currentMessage`. */
  readonly currentMessage: (message: Message) => Message;
  /** The consumer for a subscription that is not pulled; undefined for one that is. */
  readonly createExporter: (subscription: Subscription) => Exporter | undefined;
}

const OUTAGE = new StatusError('UNAVAILABLE', 'An outage was asked for.');

/** A subscription: which messages of its topic it has yet to deliver, and to whom it delivers them. */
export class Subscription {
  readonly name: string;
  readonly project: string;
  readonly id: string;
  readonly #environment: SubscriptionEnvironment;
  readonly #leases: Leases;
  readonly #backlog: Backlog;
  readonly #delivery: Delivery;
  readonly #acknowledgements: Acknowledgements;
  readonly #closing = new Set<(error: StatusError) => void>();
  /** It stays after it was deleted: what was published before is still delivered. */
  readonly topic: Topic;
  #resource: SubscriptionResource;
  #transform: Transform | undefined;
  #exporter: Exporter | undefined;
  #lastUsedMs: number;
  #destinationState: DestinationState = 'ACTIVE';

  constructor(
    uid: number,
    resource: SubscriptionResource,
    topic: Topic,
    transform: Transform | undefined,
    environment: SubscriptionEnvironment,
  ) {
    this.name = resource.name ?? '';
    ({ project: this.project, id: this.id } = parseResourceName('subscriptions', resource.name));
    this.#environment = environment;
    this.#resource = resource;
    this.topic = topic;
    this.#transform = transform;
    this.#leases = new Leases(uid);
    this.#backlog = new Backlog(topic.log, this.#leases, backlogRules(resource));
    this.#delivery = new Delivery(environment.clock, this.#backlog, this.#leases, this.#deliveryRules());
    this.#acknowledgements = new Acknowledgements(this.#leases, this.#backlog, {
      acknowledge: (lease) => this.#acknowledge(lease, () => undefined),
      nack: (lease) => this.#delivery.nack(lease),
      extend: (lease, lengthMs) => this.#delivery.extend(lease, lengthMs),
    });
    this.#lastUsedMs = environment.clock.now();
    topic.subscriptions.add(this);
    this.#startExporter();
  }

  /** The subscription as the service returns it. */
  get resource(): SubscriptionResource {
    const { bigqueryConfig, cloudStorageConfig } = this.#resource;
    const destination = { state: this.#destinationState };
    const { isDeleted } = this.topic;
    const retention = isDeleted ? undefined : this.topic.resource.messageRetentionDuration;
    return {
      ...this.#resource,
      topic: isDeleted ? DELETED_TOPIC : this.topic.name,
      ...(retention && { topicMessageRetentionDuration: retention }),
      ...(bigqueryConfig && { bigqueryConfig: { ...bigqueryConfig, ...destination } }),
      ...(cloudStorageConfig && { cloudStorageConfig: { ...cloudStorageConfig, ...destination } }),
      state: this.#destinationState === 'ACTIVE' ? 'ACTIVE' : 'RESOURCE_ERROR',
    };
  }

  get ackDeadlineMs(): number {
    return (this.#resource.ackDeadlineSeconds ?? 0) * SECOND_MS;
  }

  /** Whether expired ack ids are refused, so that nothing that was acknowledged is delivered again. */
  get isExactlyOnce(): boolean {
    return this.#resource.enableExactlyOnceDelivery ?? false;
  }

  /** Messages that were delivered and are not acknowledged. */
  get outstanding(): number {
    return this.#leases.count;
  }

  update(resource: SubscriptionResource, transform: Transform | undefined): void {
    this.#resource = resource;
    if (this.#transform !== transform) this.#transform?.close();
    this.#transform = transform;
    this.#backlog.changeRules(backlogRules(resource));
    this.#delivery.changeRules(this.#deliveryRules());
    this.#exporter?.close();
    if (this.#exporter) this.#delivery.removeConsumer(this.#exporter);
    this.#startExporter();
    this.touch();
  }

  /** @throws StatusError FAILED_PRECONDITION where messages are not pulled, or not any more */
  requirePullable(): void {
    this.#requireAttached();
    if (this.#exporter) {
      throw new StatusError('FAILED_PRECONDITION', 'This method is not supported for this subscription type.');
    }
  }

  /** Hands messages to the consumer from now on. @returns ends that; what the consumer holds stays leased to it */
  connect(consumer: Consumer, onClosed: (error: StatusError) => void): () => void {
    if (this.#isDown()) throw OUTAGE;
    this.touch();
    this.#closing.add(onClosed);
    this.#delivery.addConsumer(consumer);
    return () => {
      this.touch();
      this.#closing.delete(onClosed);
      this.#delivery.removeConsumer(consumer);
    };
  }

  /** Whether messages for the consumer may be about to come: a run is due, they are being transformed, or their publisher is being answered. */
  isAboutToDeliver(consumer: Consumer): boolean {
    return this.#delivery.isPreparing(consumer) || this.#backlog.isUnreleased;
  }

  /** A consumer has room again. */
  onRoom(): void {
    this.#delivery.schedule();
  }

  onPublished(): void {
    this.#backlog.skipFiltered();
  }

  /** What was published can be handed out. */
  onReleased(): void {
    this.#delivery.schedule();
  }

  /** What a puller is told of a delivery. */
  received(lease: Lease): ReceivedMessage {
    return {
      ackId: this.#leases.ackIdOf(lease),
      message: lease.message,
      deliveryAttempt: this.#delivery.attemptOf(lease),
    };
  }

  /** See `ReceivedMessage.deliveryAttempt`. */
  attemptOf(lease: Lease): number {
    return this.#delivery.attemptOf(lease);
  }

  /** See `Acknowledgements.acknowledge`. */
  acknowledge(ackIds: readonly string[]): AckOutcome {
    this.touch();
    return this.#acknowledgements.acknowledge(ackIds, this.isExactlyOnce);
  }

  /** See `Acknowledgements.modifyAckDeadline`. */
  modifyAckDeadline(ackIds: readonly string[], seconds: number): AckOutcome {
    this.touch();
    return this.#acknowledgements.modifyAckDeadline(ackIds, seconds, this.isExactlyOnce);
  }

  /** For exporters: the message was written. */
  acknowledgeLease(lease: Lease): void {
    this.#lastUsedMs = this.#environment.clock.now();
    // No deadline of a server-side delivery would bring it again: it counts as failed.
    this.#acknowledge(lease, () => this.#delivery.nack(lease));
  }

  /** For exporters: the message was not written, and why, if that is known. */
  nackLease(lease: Lease, error?: string): void {
    this.#delivery.nack(lease, error === undefined ? {} : { error });
  }

  /** For exporters: whether the destination takes what is written. */
  reportDestinationState(state: DestinationState): void {
    this.#destinationState = state;
  }

  /** An outage may have begun or ended. */
  onFaultsChanged(): void {
    if (this.#isDown()) for (const onClosed of this.#closing) onClosed(OUTAGE);
    this.#delivery.schedule();
  }

  /** @throws StatusError FAILED_PRECONDITION when it is detached */
  seek(timeMs: number): void {
    this.#requireAttached();
    this.touch();
    this.#delivery.revokeAll();
    this.#backlog.seek(timeMs);
  }

  /** @throws StatusError FAILED_PRECONDITION when it is detached, or the snapshot is of another topic */
  seekToSnapshot(snapshot: Snapshot): void {
    this.#requireAttached();
    if (snapshot.topic !== this.topic) {
      throw new StatusError(
        'FAILED_PRECONDITION',
        `The snapshot is of another topic (${snapshot.topic.name}) than the subscription (${this.topic.name}).`,
      );
    }
    this.touch();
    this.#delivery.revokeAll();
    this.#backlog.restore(snapshot.backlog, this.#environment.clock.now(), snapshot.expireTimeMs);
  }

  /** What a snapshot holds. @throws StatusError FAILED_PRECONDITION when it is detached */
  saveBacklog(): SavedBacklog {
    this.#requireAttached();
    this.touch();
    return this.#backlog.save(this.#environment.clock.now());
  }

  /** Drops the backlog and ends delivery for good; the subscription itself stays. */
  detach(): void {
    this.#resource = { ...this.#resource, detached: true };
    this.topic.subscriptions.delete(this);
    this.#close(detachedError());
  }

  delete(): void {
    this.topic.subscriptions.delete(this);
    this.#close(new StatusError('NOT_FOUND', `Resource not found (resource=${this.id}).`));
  }

  /** The server stops: streams are told to come back. */
  shutDown(): void {
    this.#close(new StatusError('UNAVAILABLE', 'The server is shutting down.'));
  }

  /** Somebody uses it: its expiration policy counts from now. */
  touch(): void {
    this.#lastUsedMs = this.#environment.clock.now();
  }

  /** Whether nobody has used it for as long as its expiration policy says. */
  isExpired(nowMs: number): boolean {
    const ttl = this.#resource.expirationPolicy?.ttl;
    return ttl !== undefined && this.#closing.size === 0 && nowMs - this.#lastUsedMs >= toMs(ttl);
  }

  /** Drops messages that have outlived their retention. */
  expireMessages(nowMs: number): void {
    this.#backlog.expire(nowMs);
  }

  #acknowledge(lease: Lease, drop: () => void): void {
    const fault = this.#environment.faults?.onAcknowledge(this.name, this.topic.name);
    if (fault === 'drop') drop();
    else if (fault === 'duplicate') this.#delivery.giveBack(lease);
    else this.#delivery.acknowledge(lease);
  }

  #isDown(): boolean {
    return this.#environment.faults?.isDown(this.name, this.topic.name) ?? false;
  }

  #requireAttached(): void {
    if (this.#resource.detached) throw detachedError();
  }

  #startExporter(): void {
    this.#destinationState = 'ACTIVE';
    this.#exporter = this.#resource.detached ? undefined : this.#environment.createExporter(this);
    if (this.#exporter) this.#delivery.addConsumer(this.#exporter);
  }

  #close(error: StatusError): void {
    this.#exporter?.close();
    this.#transform?.close();
    this.#delivery.close();
    this.#backlog.close();
    for (const onClosed of this.#closing) onClosed(error);
    this.#closing.clear();
  }

  #isServerSide(): boolean {
    const { pushConfig, bigqueryConfig, cloudStorageConfig } = this.#resource;
    return Boolean(pushConfig?.pushEndpoint || bigqueryConfig?.table || cloudStorageConfig);
  }

  #deliveryRules(): ConstructorParameters<typeof Delivery>[3] {
    const { retryPolicy, deadLetterPolicy } = this.#resource;
    const { backoffScale, forwardDeadLetter, currentMessage } = this.#environment;
    return {
      retryPolicy: retryPolicy ?? (this.#isServerSide() ? SERVER_SIDE_BACKOFF : undefined),
      deadLetterPolicy,
      backoffScale,
      forwardDeadLetter: (lease) => forwardDeadLetter(this, lease),
      currentMessage,
      transform: this.#transform,
      isDown: this.#environment.faults && (() => this.#isDown()),
    };
  }
}

const detachedError = (): StatusError =>
  new StatusError('FAILED_PRECONDITION', 'Subscription is detached from its topic.');

const backlogRules = (resource: SubscriptionResource): BacklogRules => ({
  filter: resource.filter ? parseFilter(resource.filter) : undefined,
  isOrdered: resource.enableMessageOrdering ?? false,
  retentionMs: toMs(resource.messageRetentionDuration ?? {}),
  retainsAcknowledged: resource.retainAckedMessages ?? false,
});
