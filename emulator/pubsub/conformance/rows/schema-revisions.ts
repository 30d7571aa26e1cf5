import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, isTrue, present, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';
import {
  AVRO,
  AVRO_WITH_CAPITAL,
  create,
  createSchema,
  DEFINITIONS,
  topicWith,
  type Type,
  VALID_JSON,
} from './schema-fixtures.ts';

async function commit(context: Context, name: string, type: Type, definition: string): Promise<string> {
  const [{ revisionId }] = await context.schemas.commitSchema({ name, schema: { name, type, definition } });
  return revisionId ?? '';
}

const ofRevisions: Behaviour[] = DEFINITIONS.flatMap(({ type, definition, next }): Behaviour[] => [
  {
    title: `${type}: a commit makes a new revision, which is the schema from then on`,
    async run(context) {
      const name = await createSchema(context, type, definition);
      const revisionId = await commit(context, name, type, next);
      contains((await context.schemas.getSchema({ name }))[0], { revisionId, definition: next }, 'the schema');
    },
  },
  {
    title: `${type}: a topic takes messages of any of its revisions`,
    async run(context) {
      const name = await createSchema(context, type, definition);
      const topic = await topicWith(context, name, 'JSON');
      const revisionId = await commit(context, name, type, next);
      const subscription = await context.subscription(topic);
      await context.publish(topic, '{"name":"AK","population":7,"capital":"Juneau"}');
      const { attributes } = await context.pullOne(subscription);
      equal(attributes['googclient_schemarevisionid'], revisionId, 'revision');
    },
  },
  {
    title: `${type}: the type of a schema cannot be changed`,
    async run(context) {
      const name = await createSchema(context, type, definition);
      const other = DEFINITIONS.find((candidate) => candidate.type !== type);
      const call = commit(
        context,
        name,
        present(other, 'another type').type,
        present(other, 'another type').definition,
      );
      await refused(call, 'INVALID_ARGUMENT');
    },
  },
]);

export const schemaRevisions = area('schema revisions', documentation.schemaRevisions, [
  ...ofRevisions,
  {
    title: 'revisions are listed, each with an id of its own',
    async run(context) {
      const { name, revisionId: first } = await create(context, 'AVRO', AVRO);
      const second = await commit(context, name, 'AVRO', AVRO_WITH_CAPITAL);
      const [revisions] = await context.schemas.listSchemaRevisions({ name });
      equal(revisions.map(({ revisionId }) => revisionId ?? '').sort(), [first, second].sort(), 'revision ids');
    },
  },
  {
    title: 'a revision can be read by name@revision',
    async run(context) {
      const { name, revisionId } = await create(context, 'AVRO', AVRO);
      await commit(context, name, 'AVRO', AVRO_WITH_CAPITAL);
      contains(
        (await context.schemas.getSchema({ name: `${name}@${revisionId}` }))[0],
        { definition: AVRO, revisionId },
        'the revision',
      );
    },
  },
  {
    title: 'a rollback makes a new revision with the definition of the old one',
    async run(context) {
      const { name, revisionId: first } = await create(context, 'AVRO', AVRO);
      const second = await commit(context, name, 'AVRO', AVRO_WITH_CAPITAL);
      const [rolledBack] = await context.schemas.rollbackSchema({ name, revisionId: first });
      equal(rolledBack.definition, AVRO, 'definition');
      isTrue(rolledBack.revisionId !== first && rolledBack.revisionId !== second, `revision ${rolledBack.revisionId}`);
    },
  },
  {
    title: 'a deleted revision is gone, the others are not',
    async run(context) {
      const { name, revisionId: first } = await create(context, 'AVRO', AVRO);
      const second = await commit(context, name, 'AVRO', AVRO_WITH_CAPITAL);
      await context.schemas.deleteSchemaRevision({ name: `${name}@${first}` });
      await refused(context.schemas.getSchema({ name: `${name}@${first}` }), 'NOT_FOUND');
      contains((await context.schemas.getSchema({ name }))[0], { revisionId: second }, 'the schema');
    },
  },
  {
    title: 'the only revision cannot be deleted',
    async run(context) {
      const { name, revisionId } = await create(context, 'AVRO', AVRO);
      const call = context.schemas.deleteSchemaRevision({ name: `${name}@${revisionId}` });
      await refused(call, 'FAILED_PRECONDITION', 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a topic takes no message of a revision outside its range',
    documentation: documentation.schemaTopics,
    async run(context) {
      const { name, revisionId } = await create(context, 'AVRO', AVRO);
      await commit(context, name, 'AVRO', AVRO_WITH_CAPITAL);
      const topic = await topicWith(context, name, 'JSON', {
        firstRevisionId: revisionId,
        lastRevisionId: revisionId,
      });
      await context.publish(topic, VALID_JSON);
      await refused(context.publish(topic, '{"name":"AK","population":7,"capital":"Juneau"}'), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'an incompatible commit is refused',
    async run(context) {
      const name = await createSchema(context, 'AVRO', AVRO);
      const incompatible = AVRO.replace('"int"', '"string"');
      await refused(commit(context, name, 'AVRO', incompatible), 'INVALID_ARGUMENT');
    },
  },
]);
