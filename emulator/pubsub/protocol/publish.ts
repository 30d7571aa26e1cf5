import protobuf from 'protobufjs/light.js';
import { type MessageOutline, outlineMessage } from './pubsub-message.ts';
import { invalidArgument, StatusError } from './status.ts';
import { varintLength, writeDigits, writeVarint } from './wire.ts';

const TOPIC = 0x0a;
const MESSAGES = 0x12;
const MESSAGE_IDS = 0x0a;

/** Limits of a publish request. @see https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_MESSAGES = 1000;
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** A message within the bytes of its request: it is copied once, into the topic's log, and never decoded. */
export interface PublishedMessage extends MessageOutline {
  readonly start: number;
  readonly end: number;
}

export interface PublishRequest {
  readonly bytes: Uint8Array;
  readonly topic: string;
  readonly messages: readonly PublishedMessage[];
}

/**
 * Reads an encoded `google.pubsub.v1.PublishRequest`.
 * @throws StatusError INVALID_ARGUMENT for the whole request, whichever message is at fault
 */
export function readPublishRequest(bytes: Uint8Array): PublishRequest {
  requireSize(bytes.length);
  const { topic, messages } = decode(bytes);
  if (messages.length === 0) throw invalidArgument('The value for message_count is too small. You passed 0.');
  if (messages.length > MAX_MESSAGES) {
    throw invalidArgument(
      `The value for message_count is too large. You passed ${messages.length} in the request, but the maximum value is ${MAX_MESSAGES}.`,
    );
  }
  return { bytes, topic, messages };
}

/**
 * A request of messages that were encoded here.
 * @throws StatusError INVALID_ARGUMENT where they exceed the limits of what can be published
 */
export function composePublishRequest(topic: string, encoded: readonly Uint8Array[]): PublishRequest {
  let end = 0;
  const messages = encoded.map((message) => {
    const start = end;
    end += message.length;
    return { start, end, ...outlineMessage(message, 0, message.length) };
  });
  requireSize(end);
  return { topic, bytes: Buffer.concat(encoded), messages };
}

function requireSize(requestBytes: number): void {
  if (requestBytes <= MAX_REQUEST_BYTES) return;
  throw invalidArgument(`Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
}

function decode(bytes: Uint8Array): Pick<PublishRequest, 'topic' | 'messages'> {
  try {
    return readFields(bytes);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    // protobuf's reader throws errors of several kinds at bytes that are none of its own.
    throw invalidArgument('The request is not a PublishRequest.');
  }
}

function readFields(bytes: Uint8Array): Pick<PublishRequest, 'topic' | 'messages'> {
  const reader = protobuf.Reader.create(bytes);
  const messages: PublishedMessage[] = [];
  let topic = '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === TOPIC) {
      topic = reader.string();
    } else if (tag === MESSAGES) {
      const end = reader.uint32() + reader.pos;
      if (end > reader.len) throw invalidArgument('The request is cut short.');
      const start = reader.pos;
      const { orderingKey, isPlain } = outlineMessage(bytes, start, end);
      messages.push({ start, end, orderingKey, isPlain });
      reader.pos = end;
    } else {
      reader.skipType(tag & 7);
    }
  }
  return { topic, messages };
}

/** Encodes a `google.pubsub.v1.PublishResponse`. */
export function encodePublishResponse(messageIds: readonly number[]): Buffer {
  const texts = messageIds.map(String);
  const response = Buffer.allocUnsafe(
    texts.reduce((length, text) => length + 1 + varintLength(text.length) + text.length, 0),
  );
  let at = 0;
  for (const text of texts) {
    response[at++] = MESSAGE_IDS;
    at = writeVarint(response, at, text.length);
    at = writeDigits(response, at, text);
  }
  return response;
}
