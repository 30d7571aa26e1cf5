import type { StreamMessage } from '#shared/events/messages.ts';
import type { PushedMessage } from './push-envelope.ts';

/** Pub/Sub's limit for the value of an attribute. */
const MAX_ATTRIBUTE_BYTES = 1024;

/** The message as it came, its ordering key included, with why it was given up, where, and how often it had been tried. */
export function deadLetterOf(message: PushedMessage, reason: string): StreamMessage {
  return {
    data: message.data,
    attributes: {
      ...message.attributes,
      reason: cutToBytes(reason, MAX_ATTRIBUTE_BYTES),
      source_subscription: message.subscription,
      delivery_attempt: String(message.deliveryAttempt),
    },
    ...(message.orderingKey === undefined || message.orderingKey === '' ? {} : { orderingKey: message.orderingKey }),
  };
}

/** Cuts between characters. */
function cutToBytes(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
