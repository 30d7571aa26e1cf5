import type { Message } from '../backlog/message.ts';
import { varintLength, writeDigits, writeVarint } from './wire.ts';

/** `received_messages` has the same number in PullResponse and in StreamingPullResponse. */
const RECEIVED_MESSAGES = 0x0a;
const ACK_ID = 0x0a;
const MESSAGE = 0x12;
const DELIVERY_ATTEMPT = 0x18;

/** One delivery of a message to a puller. */
export interface ReceivedMessage {
  readonly ackId: string;
  readonly message: Message;
  /** 0 (left out) where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number;
}

/** Encodes a PullResponse, or a StreamingPullResponse, by copying messages as they are stored. */
export function encodeReceivedMessages(received: readonly ReceivedMessage[]): Buffer {
  let total = 0;
  for (const one of received) {
    const length = receivedLength(one);
    total += 1 + varintLength(length) + length;
  }
  const response = Buffer.allocUnsafe(total);
  let at = 0;
  for (const one of received) {
    response[at++] = RECEIVED_MESSAGES;
    at = writeVarint(response, at, receivedLength(one));
    at = writeReceived(response, at, one);
  }
  return response;
}

function receivedLength({ ackId, message, deliveryAttempt }: ReceivedMessage): number {
  const size = message.sizeBytes;
  const attempt = deliveryAttempt > 0 ? 1 + varintLength(deliveryAttempt) : 0;
  return 1 + varintLength(ackId.length) + ackId.length + 1 + varintLength(size) + size + attempt;
}

function writeReceived(target: Buffer, offset: number, { ackId, message, deliveryAttempt }: ReceivedMessage): number {
  let at = offset;
  target[at++] = ACK_ID;
  at = writeVarint(target, at, ackId.length);
  at = writeDigits(target, at, ackId);
  target[at++] = MESSAGE;
  at = writeVarint(target, at, message.sizeBytes);
  at += message.chunk.bytes.copy(target, at, message.start, message.end);
  if (deliveryAttempt > 0) {
    target[at++] = DELIVERY_ATTEMPT;
    at = writeVarint(target, at, deliveryAttempt);
  }
  return at;
}
