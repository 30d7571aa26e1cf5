import type { HeldBytes } from '../backlog/held-bytes.ts';
import { Chunk, Message } from '../backlog/message.ts';
import { decodeMessage, encodePublisherFields, stampLength, writeStamp } from '../protocol/pubsub-message.ts';
import type { MessageTransform } from '../protocol/resources.ts';
import type { Transform, Transformed } from './transform.ts';
import type { CompiledTransforms, TransformWorker } from './transform-worker.ts';

/**
 * Compiles a resource's transforms. Undefined where none is enabled.
 * @throws StatusError INVALID_ARGUMENT when a function does not compile
 */
export async function compileEnabled(
  transforms: readonly MessageTransform[] | undefined,
  worker: TransformWorker,
): Promise<CompiledTransforms | undefined> {
  return transforms?.some(({ disabled }) => !disabled) ? worker.compile(transforms) : undefined;
}

/** Compiles a resource's transforms, over messages as they are stored. Undefined where there are none. */
export async function createTransform(
  transforms: readonly MessageTransform[] | undefined,
  worker: TransformWorker,
  held: HeldBytes,
): Promise<Transform | undefined> {
  const compiled = await compileEnabled(transforms, worker);
  if (!compiled) return undefined;
  return {
    async apply(messages) {
      const results = await compiled.apply(messages.map(decodeMessage));
      return results.map((result, index): Transformed => {
        const original = messages[index];
        if (!('message' in result)) return result;
        if (!original) return { error: 'there is no such message' };
        return { message: withFields(original, encodePublisherFields(result.message), held) };
      });
    },
    close: () => compiled.close(),
  };
}

/** The same message, id and time, with other fields. */
export function withFields(original: Message, fields: Uint8Array, held: HeldBytes): Message {
  const { id, publishTimeMs, orderingKey } = original;
  const chunk = new Chunk(fields.length + stampLength(id, publishTimeMs), 0, held);
  chunk.bytes.set(fields);
  writeStamp(chunk.bytes, fields.length, id, publishTimeMs);
  return new Message(id, publishTimeMs, orderingKey, chunk, 0, chunk.bytes.length);
}
