import type { Encoding, SchemaSettings } from '../protocol/resources.ts';
import { invalidArgument, StatusError } from '../protocol/status.ts';
import type { Revision, Schema } from './schema.ts';
import type { Schemas } from './schemas.ts';

/** @throws StatusError INVALID_ARGUMENT */
export function requireEncoding(encoding: string | undefined): Encoding {
  if (encoding === 'JSON' || encoding === 'BINARY') return encoding;
  throw invalidArgument('Invalid schema encoding: it must be JSON or BINARY.');
}

/**
 * Checks what a topic is to be created with, or changed to.
 * @throws StatusError INVALID_ARGUMENT naming the field, or NOT_FOUND for the schema or a revision
 */
export function requireSchemaSettings(schemas: Schemas, settings: SchemaSettings): void {
  if (!settings.schema) throw invalidArgument('schema_settings: there is no name of a schema.');
  requireEncoding(settings.encoding);
  const schema = schemas.get(settings.schema);
  const { first, last } = rangeOf(schema, settings);
  if (first === undefined) throw revisionNotFound(schema, settings.firstRevisionId);
  if (last === undefined) throw revisionNotFound(schema, settings.lastRevisionId);
  if (first > last) {
    throw invalidArgument('schema_settings: first_revision_id was created after last_revision_id.');
  }
}

/**
 * The revisions that may judge a topic's messages, in the order in which they do: the last one first. A revision that
 * begins or ends the range and was deleted still bounds it.
 */
export function allowedRevisions(schema: Schema, settings: SchemaSettings): readonly Revision[] {
  const { first = 0, last = Number.POSITIVE_INFINITY } = rangeOf(schema, settings);
  return schema.revisions.filter(({ number }) => number >= first && number <= last).toReversed();
}

function rangeOf(
  schema: Schema,
  { firstRevisionId, lastRevisionId }: SchemaSettings,
): { first?: number; last?: number } {
  const first = firstRevisionId ? schema.numberOf(firstRevisionId) : 0;
  const last = lastRevisionId ? schema.numberOf(lastRevisionId) : Number.POSITIVE_INFINITY;
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
}

const revisionNotFound = ({ name }: Schema, id = ''): StatusError =>
  new StatusError('NOT_FOUND', `Schema revision not found (resource=${name}@${id}).`);
