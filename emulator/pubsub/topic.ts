import type { HeldBytes } from './backlog/held-bytes.ts';
import { MessageLog } from './backlog/message-log.ts';
import type { Clock } from './clock/clock.ts';
import { toMs } from './protocol/duration.ts';
import { stampLength, withoutServerFields, writeStamp } from './protocol/pubsub-message.ts';
import type { PublishedMessage } from './protocol/publish.ts';
import type { Topic as TopicResource } from './protocol/resources.ts';
import type { Subscription } from './subscription.ts';
import type { CompiledTransforms } from './transform/transform-worker.ts';

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
  #transforms: CompiledTransforms | undefined;

  constructor(
    name: string,
    resource: TopicResource,
    transforms: CompiledTransforms | undefined,
    environment: TopicEnvironment,
  ) {
    this.name = name;
    this.#environment = environment;
    this.log = new MessageLog(environment.held);
    this.#resource = resource;
    this.update(resource, transforms);
  }

  get resource(): TopicResource {
    return this.#resource;
  }

  /** What publishers apply to messages before `publish`; undefined where they are published as they come. */
  get transforms(): CompiledTransforms | undefined {
    return this.#transforms;
  }

  /** Another topic may have its name by now. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  update(resource: TopicResource, transforms: CompiledTransforms | undefined): void {
    this.#resource = resource;
    if (this.#transforms !== transforms) this.#transforms?.close();
    this.#transforms = transforms;
    this.log.retain(toMs(resource.messageRetentionDuration ?? {}));
  }

  /**
   * Stores the messages and returns their ids. All or none: what cannot be held is refused as a whole. They are handed out
   * after `release`.
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

  /** Hands out the messages up to that id. */
  release(id: number): void {
    this.log.release(id);
    for (const subscription of this.subscriptions) subscription.onReleased();
  }

  /** The id of a message that was filtered out: its publisher is answered as if it was published. */
  nextFilteredId(): number {
    return this.#environment.nextMessageId();
  }

  /** Forgets what no subscription or snapshot holds. */
  delete(): void {
    this.#isDeleted = true;
    this.#transforms?.close();
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
