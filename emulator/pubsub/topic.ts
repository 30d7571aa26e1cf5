import type { HeldBytes } from './backlog/held-bytes.ts';
import { MessageLog } from './backlog/message-log.ts';
import type { Clock } from './clock/clock.ts';
import { toMs } from './protocol/duration.ts';
import { stampLength, withoutServerFields, writeStamp } from './protocol/pubsub-message.ts';
import type { PublishedMessage } from './protocol/publish.ts';
import type { Topic as TopicResource } from './protocol/resources.ts';
import type { Subscription } from './subscription.ts';

export interface TopicEnvironment {
  readonly clock: Clock;
  readonly held: HeldBytes;
  readonly nextMessageId: () => number;
}

/** A topic: its messages, kept once for all of its subscriptions, and who is subscribed. */
export class Topic {
  readonly name: string;
  readonly log: MessageLog;
  readonly subscriptions = new Set<Subscription>();
  readonly #environment: TopicEnvironment;
  #isDeleted = false;
  #resource: TopicResource;

  constructor(name: string, resource: TopicResource, environment: TopicEnvironment) {
    this.name = name;
    this.#environment = environment;
    this.log = new MessageLog(environment.held);
    this.#resource = resource;
    this.update(resource);
  }

  get resource(): TopicResource {
    return this.#resource;
  }

  /** Another topic may have its name by now. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  update(resource: TopicResource): void {
    this.#resource = resource;
    this.log.retain(toMs(resource.messageRetentionDuration ?? {}));
  }

  /**
   * Stores the messages and returns their ids. All or none: what cannot be held is refused as a whole.
   * @param bytes what the messages' offsets refer to
   * @throws StatusError RESOURCE_EXHAUSTED at the bound of held bytes
   */
  publish(bytes: Uint8Array, messages: readonly PublishedMessage[]): number[] {
    const { clock, held, nextMessageId } = this.#environment;
    held.requireRoomFor(bytes.length);
    const publishTimeMs = clock.now();
    const ids = messages.map((message) => {
      const id = nextMessageId();
      if (this.log.isRead) this.#store(id, publishTimeMs, bytes, message);
      return id;
    });
    for (const subscription of this.subscriptions) subscription.onPublished();
    return ids;
  }

  /** Forgets what no subscription or snapshot holds. */
  delete(): void {
    this.#isDeleted = true;
    this.log.retain(0);
  }

  #store(id: number, publishTimeMs: number, bytes: Uint8Array, message: PublishedMessage): void {
    const fields = message.isPlain
      ? bytes.subarray(message.start, message.end)
      : withoutServerFields(bytes, message.start, message.end);
    const { chunk, start } = this.log.append({
      id,
      publishTimeMs,
      orderingKey: message.orderingKey,
      sizeBytes: fields.length + stampLength(id, publishTimeMs),
    });
    chunk.bytes.set(fields, start);
    writeStamp(chunk.bytes, start + fields.length, id, publishTimeMs);
  }
}
