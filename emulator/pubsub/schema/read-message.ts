import type { PubsubMessage } from '../protocol/resources.ts';
import type { FieldValue } from './field-value.ts';
import { SCHEMA_ENCODING_ATTRIBUTE, SCHEMA_NAME_ATTRIBUTE, SCHEMA_REVISION_ATTRIBUTE } from './schema-attributes.ts';
import { requireEncoding } from './schema-settings.ts';
import type { Schemas } from './schemas.ts';

/**
 * What a message's schema reads in it; undefined where its topic had none.
 * @throws Error when the schema or the revision was deleted, or the message is not valid for it
 */
export function readMessage(schemas: Schemas, { data, attributes }: PubsubMessage): FieldValue | undefined {
  const { [SCHEMA_NAME_ATTRIBUTE]: name, [SCHEMA_REVISION_ATTRIBUTE]: revisionId } = attributes;
  if (name === undefined || revisionId === undefined) return undefined;
  const revision = schemas.find(name)?.revisions.find(({ id }) => id === revisionId);
  if (!revision) throw new Error('the schema revision that the message was validated against was deleted');
  const { [SCHEMA_ENCODING_ATTRIBUTE]: encoding } = attributes;
  return revision.definition.read(data, requireEncoding(encoding));
}
