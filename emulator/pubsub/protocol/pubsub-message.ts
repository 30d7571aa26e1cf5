import protobuf from 'protobufjs/light.js';
import type { Message } from '../backlog/message.ts';
import { invalidArgument } from './status.ts';
import type { PubsubMessage } from './resources.ts';
import { varintLength, writeDigits, writeVarint } from './wire.ts';

/** Tags of `google.pubsub.v1.PubsubMessage`. */
const DATA = 0x0a;
const ATTRIBUTES = 0x12;
const MESSAGE_ID = 0x1a;
const PUBLISH_TIME = 0x22;
const ORDERING_KEY = 0x2a;
/** Tags of `google.protobuf.Timestamp`, and of a map's entry. */
const FIRST_VARINT = 0x08;
const SECOND_VARINT = 0x10;
const KEY = 0x0a;
const VALUE = 0x12;

/** What the server sets on publication: message_id and publish_time, encoded to follow the publisher's own fields. */
export function stampLength(id: number, publishTimeMs: number): number {
  const idLength = String(id).length;
  return 1 + varintLength(idLength) + idLength + 2 + timestampLength(publishTimeMs);
}

/** Writes the stamp and returns the offset behind it. */
export function writeStamp(target: Uint8Array, offset: number, id: number, publishTimeMs: number): number {
  let at = offset;
  const digits = String(id);
  target[at++] = MESSAGE_ID;
  at = writeVarint(target, at, digits.length);
  at = writeDigits(target, at, digits);
  target[at++] = PUBLISH_TIME;
  target[at++] = timestampLength(publishTimeMs);
  target[at++] = FIRST_VARINT;
  at = writeVarint(target, at, Math.floor(publishTimeMs / 1000));
  target[at++] = SECOND_VARINT;
  return writeVarint(target, at, nanosOf(publishTimeMs));
}

const nanosOf = (ms: number): number => Math.round((ms - Math.floor(ms / 1000) * 1000) * 1_000_000);

const timestampLength = (ms: number): number => 1 + varintLength(Math.floor(ms / 1000)) + 1 + varintLength(nanosOf(ms));

/** Limits of a published message. @see https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_ATTRIBUTES = 100;
const MAX_ATTRIBUTE_KEY_BYTES = 256;
const MAX_ATTRIBUTE_VALUE_BYTES = 1024;
const MAX_ORDERING_KEY_BYTES = 1024;

/** What the server has to know of a message that is being published, found in one pass over its encoding. */
export interface MessageOutline {
  readonly orderingKey: string;
  /** Whether the publisher's bytes can be kept as they are (it set nothing that only the server may set). */
  readonly isPlain: boolean;
}

/**
 * Reads the message encoded in `bytes[start, end)` and checks it against the service's limits.
 * @throws StatusError INVALID_ARGUMENT naming what is wrong
 */
export function outlineMessage(bytes: Uint8Array, start: number, end: number): MessageOutline {
  const reader = protobuf.Reader.create(bytes);
  reader.pos = start;
  let dataBytes = 0;
  let attributes = 0;
  let orderingKey = '';
  let isPlain = true;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === DATA) {
      dataBytes = reader.uint32();
      reader.skip(dataBytes);
    } else if (tag === ATTRIBUTES) {
      attributes++;
      checkAttribute(reader, end);
    } else if (tag === ORDERING_KEY) {
      orderingKey = reader.string();
      if (Buffer.byteLength(orderingKey) > MAX_ORDERING_KEY_BYTES) {
        throw invalidArgument(`The ordering key is longer than ${MAX_ORDERING_KEY_BYTES} bytes.`);
      }
    } else {
      isPlain = false;
      reader.skipType(tag & 7);
    }
  }
  if (reader.pos !== end) throw invalidArgument('A message is cut short.');
  if (dataBytes === 0 && attributes === 0) {
    throw invalidArgument(
      'One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.',
    );
  }
  if (attributes > MAX_ATTRIBUTES) {
    throw invalidArgument(`A message has ${attributes} attributes; at most ${MAX_ATTRIBUTES} are allowed.`);
  }
  return { orderingKey, isPlain };
}

function checkAttribute(reader: protobuf.Reader, messageEnd: number): void {
  const entryEnd = reader.uint32() + reader.pos;
  if (entryEnd > messageEnd) throw invalidArgument('An attribute is cut short.');
  let keyBytes = 0;
  while (reader.pos < entryEnd) {
    const tag = reader.uint32();
    if (tag === KEY) {
      keyBytes = reader.uint32();
      if (keyBytes > MAX_ATTRIBUTE_KEY_BYTES) {
        throw invalidArgument(`An attribute's key is longer than ${MAX_ATTRIBUTE_KEY_BYTES} bytes.`);
      }
      if (startsWithGoog(reader.buf, reader.pos, keyBytes)) checkReservedKey(reader, keyBytes);
      reader.skip(keyBytes);
    } else if (tag === VALUE) {
      const valueBytes = reader.uint32();
      if (valueBytes > MAX_ATTRIBUTE_VALUE_BYTES) {
        throw invalidArgument(`An attribute's value is longer than ${MAX_ATTRIBUTE_VALUE_BYTES} bytes.`);
      }
      reader.skip(valueBytes);
    } else {
      reader.skipType(tag & 7);
    }
  }
  if (keyBytes === 0) throw invalidArgument("An attribute's key must not be empty.");
}

const startsWithGoog = (bytes: Uint8Array, at: number, length: number): boolean =>
  length >= 4 && bytes[at] === 0x67 && bytes[at + 1] === 0x6f && bytes[at + 2] === 0x6f && bytes[at + 3] === 0x67;

/** `googclient_` is what Google's client libraries set themselves (trace context, schemas); the rest is the service's. */
function checkReservedKey(reader: protobuf.Reader, keyBytes: number): void {
  const key = Buffer.from(reader.buf.subarray(reader.pos, reader.pos + keyBytes)).toString();
  if (!key.startsWith('googclient_')) throw invalidArgument(`The attribute key "${key}" must not begin with "goog".`);
}

/** Only the attributes: what a filter looks at. */
export function readAttributes(message: Message): Record<string, string> {
  return readFields(message.chunk.bytes, message.start, message.end, false).attributes;
}

/** The message as its subscriber sees it. Its data is a view of the server's memory, for immediate use. */
export function decodeMessage(message: Message): PubsubMessage {
  const { data, attributes } = readPublisherFields(message.chunk.bytes, message.start, message.end);
  const { id, publishTimeMs, orderingKey } = message;
  return { data, attributes, messageId: String(id), publishTimeMs, orderingKey };
}

/** What `bytes[start, end)` encodes of what a publisher sets. The data is a view of the bytes. */
export const readPublisherFields = (bytes: Uint8Array, start: number, end: number): PublisherFields =>
  readFields(bytes, start, end, true);

interface PublisherFields {
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
}

function readFields(bytes: Uint8Array, start: number, end: number, withData: boolean): PublisherFields {
  const reader = protobuf.Reader.create(bytes);
  reader.pos = start;
  let data = Buffer.alloc(0);
  const attributes: Record<string, string> = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === DATA && withData) {
      const length = reader.uint32();
      data = Buffer.from(bytes.buffer, bytes.byteOffset + reader.pos, length) as typeof data;
      reader.skip(length);
    } else if (tag === ATTRIBUTES) {
      readAttribute(reader, attributes);
    } else {
      reader.skipType(tag & 7);
    }
  }
  return { data, attributes };
}

function readAttribute(reader: protobuf.Reader, attributes: Record<string, string>): void {
  const end = reader.uint32() + reader.pos;
  let key = '';
  let value = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === KEY) key = reader.string();
    else if (tag === VALUE) value = reader.string();
    else reader.skipType(tag & 7);
  }
  // An attribute may be called __proto__: an assignment would set the prototype instead.
  if (key === '__proto__') Object.defineProperty(attributes, key, { value, enumerable: true });
  else attributes[key] = value;
}

/** Encodes the fields that a publisher sets. */
export function encodePublisherFields(message: Pick<PubsubMessage, 'data' | 'attributes' | 'orderingKey'>): Uint8Array {
  const writer = protobuf.Writer.create();
  if (message.data.length > 0) writer.uint32(DATA).bytes(message.data);
  for (const [key, value] of Object.entries(message.attributes)) {
    writer.uint32(ATTRIBUTES).fork().uint32(KEY).string(key).uint32(VALUE).string(value).ldelim();
  }
  if (message.orderingKey) writer.uint32(ORDERING_KEY).string(message.orderingKey);
  return writer.finish();
}

/** The publisher's fields alone, without what only the server may set and without fields that nobody knows. */
export function withoutServerFields(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const reader = protobuf.Reader.create(bytes);
  reader.pos = start;
  const kept: Uint8Array[] = [];
  while (reader.pos < end) {
    const fieldStart = reader.pos;
    const tag = reader.uint32();
    reader.skipType(tag & 7);
    if (tag === DATA || tag === ATTRIBUTES || tag === ORDERING_KEY) kept.push(bytes.subarray(fieldStart, reader.pos));
  }
  return Buffer.concat(kept);
}
