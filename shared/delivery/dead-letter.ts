import type { StreamMessage } from '#shared/events/messages.ts';

/** Why and where a message was given up. */
export type GivenUp = { readonly reason: string } & (
  | {
      /** Path of the subscription that delivered it, and how often it had. */
      readonly sourceSubscription: string;
      readonly deliveryAttempt: number;
    }
  /** Id of the topic that did not take it. */
  | { readonly sourceTopic: string }
);

/** A message that is given up: as it was delivered, or as it was to be published. */
interface FailedMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey?: string | undefined;
}

/** Pub/Sub's limit for the value of an attribute. */
const MAX_ATTRIBUTE_BYTES = 1024;
/** What is kept of a message's data where all of it is too much. */
const REDUCED_DATA_BYTES = 64_000;
const REDUCED_ATTRIBUTES = ['event_id', 'type', 'version', 'tenant_id', 'subject', 'received_at'];

/**
 * The message as it came, its ordering key included, with why it was given up. This is the form of whatever is in a tenant's
 * dead-letter topic; the row of `failed_events` is made of it.
 */
export function deadLetterOf({ data, attributes, orderingKey }: FailedMessage, givenUp: GivenUp): StreamMessage {
  return {
    data,
    attributes: { ...attributes, ...attributesOf(givenUp) },
    ...(orderingKey === undefined || orderingKey === '' ? {} : { orderingKey }),
  };
}

/** What can be kept of a message that Pub/Sub does not take even so: who it was, why it failed, and how it began. */
export function reducedDeadLetterOf({ data, attributes }: FailedMessage, givenUp: GivenUp): StreamMessage {
  const kept: Record<string, string> = {};
  for (const name of REDUCED_ATTRIBUTES) {
    const value = attributes[name];
    if (value !== undefined) kept[name] = cutToBytes(value, MAX_ATTRIBUTE_BYTES);
  }
  return {
    data: data.subarray(0, characterBoundary(data, REDUCED_DATA_BYTES)),
    attributes: { ...kept, reduced: 'true', ...attributesOf(givenUp) },
  };
}

function attributesOf({ reason, ...source }: GivenUp): Record<string, string> {
  const cut = cutToBytes(reason, MAX_ATTRIBUTE_BYTES);
  return 'sourceTopic' in source
    ? { reason: cut, source_topic: source.sourceTopic }
    : {
        reason: cut,
        source_subscription: source.sourceSubscription,
        delivery_attempt: String(source.deliveryAttempt),
      };
}

/** Cuts between characters. */
function cutToBytes(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/** Where to cut UTF-8 of at most `maxBytes`, so that no character is halved. */
function characterBoundary(data: Buffer, maxBytes: number): number {
  if (data.length <= maxBytes) return data.length;
  let end = maxBytes;
  while (end > 0 && ((data[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}
