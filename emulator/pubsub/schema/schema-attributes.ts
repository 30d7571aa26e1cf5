import type { Encoding } from '../protocol/resources.ts';
import { DELETED_SCHEMA, DELETED_SCHEMA_REVISION } from './schema-name.ts';
import type { Schemas } from './schemas.ts';

/**
 * What a subscriber is told of the schema that a message is valid for.
 * @see https://cloud.google.com/pubsub/docs/schemas-valid
 */
export const SCHEMA_NAME_ATTRIBUTE = 'googclient_schemaname';
export const SCHEMA_ENCODING_ATTRIBUTE = 'googclient_schemaencoding';
export const SCHEMA_REVISION_ATTRIBUTE = 'googclient_schemarevisionid';

type Attributes = Readonly<Record<string, string>>;

/** The attributes of a message with those of its schema, whatever the publisher has set them to. */
export const withSchemaAttributes = (
  attributes: Attributes,
  schema: string,
  encoding: Encoding,
  revisionId: string,
): Attributes => ({
  ...attributes,
  [SCHEMA_NAME_ATTRIBUTE]: schema,
  [SCHEMA_ENCODING_ATTRIBUTE]: encoding,
  [SCHEMA_REVISION_ATTRIBUTE]: revisionId,
});

/** The attributes that the message has by now; undefined where its schema and revision are still there. */
export function currentSchemaAttributes(attributes: Attributes, schemas: Schemas): Attributes | undefined {
  const { [SCHEMA_NAME_ATTRIBUTE]: name, [SCHEMA_REVISION_ATTRIBUTE]: revisionId } = attributes;
  if (name === undefined || revisionId === undefined || name === DELETED_SCHEMA) return undefined;
  const schema = schemas.find(name);
  // A schema of that name that was created later has other revisions.
  const isDeleted = schema?.numberOf(revisionId) === undefined;
  if (!isDeleted && schema?.revisions.some(({ id }) => id === revisionId)) return undefined;
  return {
    ...attributes,
    [SCHEMA_NAME_ATTRIBUTE]: isDeleted ? DELETED_SCHEMA : name,
    [SCHEMA_REVISION_ATTRIBUTE]: DELETED_SCHEMA_REVISION,
  };
}
