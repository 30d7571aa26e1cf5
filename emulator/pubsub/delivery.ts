import { AckDeadlines } from './ack-deadline.ts';
import type { Backlog } from './backlog/backlog.ts';
import type { Message } from './backlog/message.ts';
import { Alarm } from './clock/alarm.ts';
import type { Clock } from './clock/clock.ts';
import { DueQueue } from './clock/due-queue.ts';
import type { Consumer, Room } from './consumer.ts';
import { isExhausted } from './dead-letter-policy.ts';
import type { Lease } from './lease.ts';
import type { Leases } from './leases.ts';
import type { DeadLetterPolicy, RetryPolicy } from './protocol/resources.ts';
import { backoffMs, SERVER_SIDE_BACKOFF } from './retry-policy.ts';
import type { Transform, Transformed } from './transform/transform.ts';

export interface DeliveryRules {
  readonly retryPolicy: RetryPolicy | undefined;
  /** Multiplies back-off. The resource keeps showing the policy as it was configured. */
  readonly backoffScale: number;
  readonly deadLetterPolicy: DeadLetterPolicy | undefined;
  /** Publishes a message to the dead-letter topic. False when that cannot be done now: the message stays. */
  readonly forwardDeadLetter: (lease: Lease) => boolean;
  /** The message as it is by now: what it tells of its schema may have been deleted since its publication. */
  readonly currentMessage: (message: Message) => Message;
  readonly transform: Transform | undefined;
  /** Whether nothing is to be delivered now: there while faults can be asked for. */
  readonly isDown: (() => boolean) | undefined;
}

/** Why and how a delivery failed. */
export interface Failure {
  readonly error?: string;
}

/**
 * Hands a subscription's messages to its consumers and follows each of them until it is acknowledged: ack deadlines,
 * nacks, back-off, dead letters. At least once: a message that was not acknowledged in time is delivered again.
 */
export class Delivery {
  readonly #clock: Clock;
  readonly #backlog: Backlog;
  readonly #leases: Leases;
  #rules: DeliveryRules;
  readonly #consumers: Consumer[] = [];
  /** Those whose next messages are being transformed. */
  readonly #preparing = new Set<Consumer>();
  #turn = 0;
  readonly #ackDeadlines: AckDeadlines;
  readonly #backingOff = new DueQueue<Lease>();
  readonly #backoffAlarm: Alarm;
  #isScheduled = false;
  #isClosed = false;

  constructor(clock: Clock, backlog: Backlog, leases: Leases, rules: DeliveryRules) {
    this.#clock = clock;
    this.#backlog = backlog;
    this.#leases = leases;
    this.#rules = rules;
    this.#ackDeadlines = new AckDeadlines(clock, (lease) => this.#fail(lease, {}));
    this.#backoffAlarm = new Alarm(clock, () => this.#endBackoffs());
  }

  changeRules(rules: DeliveryRules): void {
    this.#rules = rules;
  }

  addConsumer(consumer: Consumer): void {
    this.#consumers.push(consumer);
    this.schedule();
  }

  /** What the consumer holds stays leased until its deadline. */
  removeConsumer(consumer: Consumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index >= 0) this.#consumers.splice(index, 1);
  }

  /** Whether messages for the consumer may be about to come: a run is due, or some are being transformed. */
  isPreparing(consumer: Consumer): boolean {
    return this.#isScheduled || this.#preparing.has(consumer);
  }

  /** Delivers what there is to whoever has room, soon: publications and acknowledgements of one moment share a run. */
  schedule(): void {
    if (this.#isScheduled || this.#isClosed || this.#consumers.length === 0) return;
    this.#isScheduled = true;
    this.#clock.soon(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  acknowledge(lease: Lease): void {
    if (lease.state === 'settled') return;
    this.#end(lease);
    this.#backlog.settle(lease);
    this.schedule();
  }

  /** The message could not be handled: it is delivered again after its back-off, or becomes a dead letter. */
  nack(lease: Lease, failure: Failure = {}): void {
    if (lease.state === 'outstanding') this.#fail(lease, failure);
  }

  /** The message is delivered again, as though nobody had been handed it. */
  giveBack(lease: Lease): void {
    if (lease.state !== 'outstanding') return;
    this.#end(lease);
    this.#putBack(lease);
    this.schedule();
  }

  /** Gives the consumer so much more time from now. */
  extend(lease: Lease, lengthMs: number): void {
    this.#ackDeadlines.start(lease, lengthMs);
  }

  /** Ends all deliveries under way; `Backlog.seek` then decides what is to be delivered. */
  revokeAll(): void {
    for (const lease of this.#leases) if (lease.state === 'outstanding') this.#end(lease);
    this.schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#ackDeadlines.close();
    this.#backoffAlarm.cancel();
    this.#consumers.length = 0;
  }

  /** The ReceivedMessage.delivery_attempt of this delivery; 0 where none is told. */
  attemptOf(lease: Lease): number {
    return this.#rules.deadLetterPolicy ? lease.failures + 1 : 0;
  }

  /** Consumers take turns, so that one with much room does not leave the others idle. */
  #deliver(): void {
    if (this.#rules.isDown?.()) return;
    let withoutWork = 0;
    while (!this.#isClosed && withoutWork < this.#consumers.length) {
      const consumer = this.#consumers[this.#turn++ % this.#consumers.length];
      const room = consumer && !this.#preparing.has(consumer) ? consumer.room() : undefined;
      const leases = consumer && room ? this.#take(consumer, room) : [];
      withoutWork = leases.length > 0 ? 0 : withoutWork + 1;
      if (consumer && leases.length > 0) this.#prepare(consumer, leases);
    }
  }

  #take(consumer: Consumer, room: Room): Lease[] {
    const nowMs = this.#clock.now();
    const taken: Lease[] = [];
    let bytes = 0;
    while (taken.length < room.messages && bytes < room.bytes) {
      const lease = this.#backlog.next(consumer, nowMs);
      if (!lease) break;
      lease.state = 'outstanding';
      lease.updatePublished(this.#rules.currentMessage(lease.published));
      this.#leases.countDelivery(lease);
      bytes += lease.message.sizeBytes;
      taken.push(lease);
    }
    return taken;
  }

  /** Delivers the messages as soon as they are what the transforms make of them. */
  #prepare(consumer: Consumer, leases: readonly Lease[]): void {
    const { transform } = this.#rules;
    const raw = transform ? leases.filter(({ isTransformed }) => !isTransformed) : [];
    if (!transform || raw.length === 0) {
      this.#hand(consumer, leases);
      return;
    }
    const deliveries = new Map(leases.map((lease) => [lease, lease.delivery]));
    const isStill = (lease: Lease): boolean =>
      lease.state === 'outstanding' && lease.delivery === deliveries.get(lease);
    this.#preparing.add(consumer);
    void transform.apply(raw.map(({ message }) => message)).then((results) => {
      this.#preparing.delete(consumer);
      if (this.#isClosed) return;
      raw.forEach((lease, index) => {
        const result = results[index];
        if (result && isStill(lease)) this.#onTransformed(lease, result);
        else if (result && 'message' in result) result.message.chunk.discard();
      });
      const ready = leases.filter(isStill);
      if (this.#consumers.includes(consumer)) this.#hand(consumer, ready);
      else for (const lease of ready) if (isStill(lease)) this.#putBack(lease);
      this.schedule();
    });
  }

  #onTransformed(lease: Lease, result: Transformed): void {
    if ('message' in result) lease.transform(result.message);
    else if ('filtered' in result) this.acknowledge(lease);
    else this.#fail(lease, { error: result.error });
  }

  #hand(consumer: Consumer, leases: readonly Lease[]): void {
    if (leases.length === 0) return;
    for (const lease of leases) {
      lease.consumer = consumer;
      this.#ackDeadlines.start(lease, consumer.ackDeadlineMs);
    }
    consumer.deliver(leases);
  }

  /** Its consumer has gone before the message was delivered: that is no failure. */
  #putBack(lease: Lease): void {
    for (const revoked of this.#backlog.fail(lease)) this.#end(revoked);
    this.#backlog.giveBack(lease);
  }

  #fail(lease: Lease, { error }: Failure): void {
    const { deadLetterPolicy, forwardDeadLetter, retryPolicy, backoffScale } = this.#rules;
    lease.failures++;
    lease.lastError = error;
    this.#end(lease);
    if (deadLetterPolicy && isExhausted(deadLetterPolicy, lease.failures) && forwardDeadLetter(lease)) {
      this.#backlog.settle(lease);
    } else {
      for (const revoked of this.#backlog.fail(lease)) this.#end(revoked);
      const policy = retryPolicy ?? (error === undefined ? undefined : SERVER_SIDE_BACKOFF);
      const delayMs = backoffMs(policy, lease.failures) * backoffScale;
      const dueMs = this.#clock.now() + delayMs;
      this.#backingOff.add(dueMs, lease);
      this.#backoffAlarm.set(dueMs);
    }
    this.schedule();
  }

  /** The delivery under way is over, however it ended. */
  #end(lease: Lease): void {
    this.#ackDeadlines.stop(lease);
    const { consumer } = lease;
    lease.consumer = undefined;
    consumer?.onSettled(lease);
  }

  #endBackoffs(): void {
    const nowMs = this.#clock.now();
    for (let lease = this.#backingOff.takeDue(nowMs); lease; lease = this.#backingOff.takeDue(nowMs)) {
      if (lease.state === 'backing off') this.#backlog.giveBack(lease);
    }
    if (this.#backingOff.length > 0) this.#backoffAlarm.set(this.#backingOff.earliestMs);
    this.schedule();
  }
}
