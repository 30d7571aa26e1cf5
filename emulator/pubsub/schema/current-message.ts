import type { HeldBytes } from '../backlog/held-bytes.ts';
import type { Message } from '../backlog/message.ts';
import { decodeMessage, encodePublisherFields, readAttributes } from '../protocol/pubsub-message.ts';
import { withFields } from '../transform/transform-messages.ts';
import { currentSchemaAttributes } from './schema-attributes.ts';
import type { Schemas } from './schemas.ts';

/** The message with the attributes that it has by now: of a schema or a revision that was deleted, it tells only that. */
export function currentMessage(message: Message, schemas: Schemas, held: HeldBytes): Message {
  // As long as nothing was ever deleted there is nothing to look for.
  if (!schemas.hasDeletions) return message;
  const attributes = currentSchemaAttributes(readAttributes(message), schemas);
  if (!attributes) return message;
  return withFields(message, encodePublisherFields({ ...decodeMessage(message), attributes }), held);
}
