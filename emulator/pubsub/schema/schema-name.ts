import { invalidArgument } from '../protocol/status.ts';
import { parseResourceName } from '../resource-name.ts';

/** What the name of a schema is replaced by, on its topics and messages, when it is deleted. */
export const DELETED_SCHEMA = '_deleted-schema_';
/** What the id of a revision is replaced by, on messages, when it is deleted. */
export const DELETED_SCHEMA_REVISION = '_deleted-schema-revision_';

export interface SchemaName {
  /** `projects/{project}/schemas/{schema}`. */
  readonly schema: string;
  /** What follows the `@`; undefined where the name is that of the schema as a whole. */
  readonly revisionId: string | undefined;
}

/** Reads `projects/{project}/schemas/{schema}` or `…@{revision}`. @throws StatusError INVALID_ARGUMENT */
export function parseSchemaName(name = ''): SchemaName {
  const at = name.indexOf('@');
  const schema = at < 0 ? name : name.slice(0, at);
  const revisionId = at < 0 ? undefined : name.slice(at + 1);
  parseResourceName('schemas', schema);
  if (revisionId === '') throw invalidArgument(`Invalid [schemas] name: (name=${name})`);
  return { schema, revisionId };
}
