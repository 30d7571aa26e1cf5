import type { PublishRequest } from '../protocol/publish.ts';
import { encodePublisherFields, readPublisherFields } from '../protocol/pubsub-message.ts';
import type { SchemaSettings } from '../protocol/resources.ts';
import { StatusError } from '../protocol/status.ts';
import { requireValid } from './message-validation.ts';
import { withSchemaAttributes } from './schema-attributes.ts';
import { allowedRevisions, requireEncoding } from './schema-settings.ts';
import { DELETED_SCHEMA } from './schema-name.ts';
import type { Schemas } from './schemas.ts';

/**
 * Validates the messages against the schema of their topic and tells their subscribers which revision they are valid
 * for. All or none: a message that is not valid fails the whole request.
 * @throws StatusError INVALID_ARGUMENT, or NOT_FOUND when the schema was deleted
 */
export function validatePublished(
  schemas: Schemas,
  settings: SchemaSettings,
  { topic, bytes, messages }: PublishRequest,
): PublishRequest {
  const { schema: name = '' } = settings;
  const schema = name === DELETED_SCHEMA ? undefined : schemas.find(name);
  if (!schema) throw new StatusError('NOT_FOUND', 'The schema associated with the topic was deleted.');
  const encoding = requireEncoding(settings.encoding);
  const candidates = allowedRevisions(schema, settings);
  const chunks: Uint8Array[] = [];
  let end = 0;
  const validated = messages.map(({ start: from, end: to, orderingKey }) => {
    const { data, attributes } = readPublisherFields(bytes, from, to);
    const { id } = requireValid(data, encoding, { type: schema.type, name, candidates });
    const encoded = encodePublisherFields({
      data,
      attributes: withSchemaAttributes(attributes, name, encoding, id),
      orderingKey,
    });
    chunks.push(encoded);
    const start = end;
    end += encoded.length;
    return { start, end, orderingKey, isPlain: true };
  });
  return { topic, bytes: Buffer.concat(chunks), messages: validated };
}
