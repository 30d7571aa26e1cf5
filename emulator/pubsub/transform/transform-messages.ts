import type { HeldBytes } from '../backlog/held-bytes.ts';
import { Chunk, Message } from '../backlog/message.ts';
import { decodeMessage, encodePublisherFields, stampLength, writeStamp } from '../protocol/pubsub-message.ts';
import type { MessageTransform } from '../protocol/resources.ts';
import type { Transform } from '../subscription.ts';
import { compileTransforms } from './sandbox.ts';

/** A subscription's transforms, over messages as they are stored. Undefined where there are none. */
export async function createTransform(
  transforms: readonly MessageTransform[] | undefined,
  held: HeldBytes,
): Promise<Transform | undefined> {
  if (!transforms?.some(({ disabled }) => !disabled)) return undefined;
  const transformer = await compileTransforms(transforms);
  return (message) => {
    const result = transformer.apply(decodeMessage(message));
    return 'message' in result ? { message: replace(message, encodePublisherFields(result.message), held) } : result;
  };
}

/** The same message, id and time, with other fields. */
function replace(original: Message, fields: Uint8Array, held: HeldBytes): Message {
  const { id, publishTimeMs, orderingKey } = original;
  const chunk = new Chunk(fields.length + stampLength(id, publishTimeMs), 0, held);
  chunk.bytes.set(fields);
  writeStamp(chunk.bytes, fields.length, id, publishTimeMs);
  return new Message(id, publishTimeMs, orderingKey, chunk, 0, chunk.bytes.length);
}
