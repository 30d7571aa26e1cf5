import { type PageRequest, paginate } from '../paging.ts';
import {
  type Encoding,
  type Schema as SchemaResource,
  SCHEMA_TYPES,
  type SchemaType,
  type SchemaView,
} from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';
import type { PubSub } from '../pubsub.ts';
import { parseProject } from '../resource-name.ts';
import type { UnaryHandlers } from '../rpc.ts';
import { compileDefinition } from './definition.ts';
import { requireValid } from './message-validation.ts';
import { type Draft, type Revision, viewOf } from './schema.ts';
import { parseSchemaName } from './schema-name.ts';
import { requireEncoding } from './schema-settings.ts';

interface NamesSchema {
  readonly name?: string;
}

interface Viewed {
  readonly view?: SchemaView | 'SCHEMA_VIEW_UNSPECIFIED';
}

/** The RPCs of `google.pubsub.v1.SchemaService`. */
export function createSchemaService(pubsub: PubSub): UnaryHandlers {
  const { schemas } = pubsub;

  return {
    async CreateSchema({ parent, schema, schemaId = '' }: CreateSchemaRequest) {
      const name = `projects/${parseProject(parent)}/schemas/${schemaId}`;
      parseSchemaName(name);
      const type = requireType(schema?.type);
      return viewOf(schemas.create(name, type, await compile(type, schema)).latest, 'FULL');
    },

    GetSchema({ name, view = 'FULL' }: NamesSchema & Viewed) {
      const { schema, revisionId } = parseSchemaName(name);
      const found = schemas.get(schema);
      const revision = revisionId === undefined ? found.latest : found.revision(revisionId);
      return viewOf(revision, view === 'BASIC' ? 'BASIC' : 'FULL');
    },

    ListSchemas({ parent, view, ...page }: { parent?: string } & Viewed & PageRequest) {
      const prefix = `projects/${parseProject(parent)}/`;
      const { items, ...next } = paginate(
        [...schemas].filter(({ name }) => name.startsWith(prefix)),
        page,
      );
      return { schemas: items.map(({ latest }) => viewOf(latest, view === 'FULL' ? 'FULL' : 'BASIC')), ...next };
    },

    ListSchemaRevisions({ name, view, ...page }: NamesSchema & Viewed & PageRequest) {
      const { revisions } = schemas.get(name);
      // Pages are in order of names: here, of names that sort as the revisions were created.
      const ordered = revisions.map((revision) => ({ revision, name: `${name}@${paddedNumber(revision)}` }));
      const { items, ...next } = paginate(ordered, page);
      return { schemas: items.map(({ revision }) => viewOf(revision, view === 'FULL' ? 'FULL' : 'BASIC')), ...next };
    },

    async CommitSchema({ name, schema }: NamesSchema & { schema?: SchemaResource }) {
      const { type } = schemas.get(name);
      if (requireType(schema?.type) !== type) {
        throw invalidArgument(`The type of a schema cannot be changed: it is ${type}.`);
      }
      const draft = await compile(type, schema);
      // It may have been deleted meanwhile.
      return viewOf(schemas.get(name).commit(draft), 'FULL');
    },

    RollbackSchema({ name, revisionId }: NamesSchema & { revisionId?: string }) {
      const schema = schemas.get(name);
      if (!revisionId) throw invalidArgument('Missing revision_id.');
      return viewOf(schema.rollback(revisionId), 'FULL');
    },

    /** The deprecated `revision_id` of the request is not looked at. */
    DeleteSchemaRevision({ name }: NamesSchema) {
      const { schema, revisionId } = parseSchemaName(name);
      const found = schemas.get(schema);
      if (revisionId === undefined) throw invalidArgument(`Missing revision: the name must be ${schema}@{revision}.`);
      return viewOf(schemas.deleteRevision(found, revisionId), 'FULL');
    },

    DeleteSchema({ name }: NamesSchema) {
      pubsub.deleteSchema(schemas.get(name));
      return {};
    },

    async ValidateSchema({ parent, schema }: { parent?: string; schema?: SchemaResource }) {
      parseProject(parent);
      await compile(requireType(schema?.type), schema);
      return {};
    },

    async ValidateMessage({ parent, name, schema, message = Buffer.alloc(0), encoding }: ValidateMessageRequest) {
      parseProject(parent);
      const required = requireEncoding(encoding);
      if (name === undefined) {
        const type = requireType(schema?.type);
        const { definition } = await compile(type, schema);
        requireValid(message, required, { type, name: '', candidates: [{ id: '', definition }] });
      } else {
        const found = schemas.get(name);
        requireValid(message, required, { type: found.type, name, candidates: [found.latest] });
      }
      return {};
    },
  };
}

interface CreateSchemaRequest {
  readonly parent?: string;
  readonly schema?: SchemaResource;
  readonly schemaId?: string;
}

interface ValidateMessageRequest extends NamesSchema {
  readonly parent?: string;
  readonly schema?: SchemaResource;
  readonly message?: Buffer;
  readonly encoding?: Encoding | 'ENCODING_UNSPECIFIED';
}

const paddedNumber = ({ number }: Revision): string => String(number).padStart(10, '0');

/** @throws StatusError INVALID_ARGUMENT */
function requireType(type: SchemaResource['type']): SchemaType {
  const known = SCHEMA_TYPES.find((one) => one === type);
  if (!known) throw invalidArgument('Invalid schema type.');
  return known;
}

/** @throws StatusError INVALID_ARGUMENT */
async function compile(type: SchemaType, { definition: source = '' }: SchemaResource = {}): Promise<Draft> {
  return { source, definition: await compileDefinition(type, source) };
}
