import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, isTrue, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';
import {
  AVRO,
  AVRO_WITH_CAPITAL,
  createSchema,
  create,
  DEFINITIONS,
  type Encoding,
  topicWith,
  type Type,
  VALID_JSON,
} from './schema-fixtures.ts';

/** No schema takes them. */
const INVALID_MESSAGES: readonly { what: string; encoding: Encoding; data: Buffer }[] = [
  { what: 'text that is no JSON', encoding: 'JSON', data: Buffer.from('name: AK') },
  {
    what: 'JSON with a number as a string of letters',
    encoding: 'JSON',
    data: Buffer.from('{"name":"AK","population":"many"}'),
  },
  {
    what: 'JSON with a field unknown to the schema',
    encoding: 'JSON',
    data: Buffer.from('{"name":"AK","population":7,"x":1}'),
  },
  { what: 'binary data cut short', encoding: 'BINARY', data: Buffer.from([0x0a, 0x50, 0x41]) },
];

const INVALID_DEFINITIONS: readonly (readonly [what: string, type: Type, definition: string])[] = [
  ['an Avro definition that is no JSON', 'AVRO', 'record State'],
  ['an Avro type that does not exist', 'AVRO', '{"type":"record","name":"S","fields":[{"name":"a","type":"text"}]}'],
  ['protocol buffers with a syntax error', 'PROTOCOL_BUFFER', 'syntax = "proto3"; message State { string name = ; }'],
  ['protocol buffers with an unknown type', 'PROTOCOL_BUFFER', 'syntax = "proto3"; message S { Unknown a = 1; }'],
  ['protocol buffers without a message', 'PROTOCOL_BUFFER', 'syntax = "proto3";'],
  [
    'protocol buffers with two top-level messages',
    'PROTOCOL_BUFFER',
    'syntax = "proto3"; message A { string a = 1; } message B { string b = 1; }',
  ],
];

const validate = (context: Context, type: Type, definition: string, encoding: Encoding, message: Buffer) =>
  context.schemas.validateMessage({ parent: context.project, schema: { type, definition }, encoding, message });

const definitions: Behaviour[] = [
  ...DEFINITIONS.flatMap(({ type, definition }): Behaviour[] => [
    {
      title: `${type}: a schema is returned with its definition and a revision`,
      async run(context) {
        const name = await createSchema(context, type, definition);
        const [schema] = await context.schemas.getSchema({ name, view: 'FULL' });
        contains(schema, { name, type, definition }, 'the schema');
        isTrue(/^[0-9a-f]{8}$/.test(schema.revisionId ?? ''), `revision ${schema.revisionId}`);
      },
    },
    {
      title: `${type}: the basic view leaves the definition out`,
      async run(context) {
        const name = await createSchema(context, type, definition);
        const [schema] = await context.schemas.getSchema({ name, view: 'BASIC' });
        contains(schema, { name, type, definition: '' }, 'the schema');
      },
    },
    {
      title: `${type}: ValidateSchema accepts a definition`,
      run: async (context) =>
        void (await context.schemas.validateSchema({
          parent: context.project,
          schema: { name: 's', type, definition },
        })),
    },
  ]),
  ...INVALID_DEFINITIONS.map(([what, type, definition]) => ({
    title: `${what} is refused`,
    async run(context: Context) {
      await refused(createSchema(context, type, definition), 'INVALID_ARGUMENT');
      const schema = { name: 's', type, definition };
      await refused(context.schemas.validateSchema({ parent: context.project, schema }), 'INVALID_ARGUMENT');
    },
  })),
];

const messages: Behaviour[] = DEFINITIONS.flatMap(({ type, definition, binary }) => [
  ...(
    [
      ['JSON', Buffer.from(VALID_JSON)],
      ['BINARY', binary],
    ] as const
  ).flatMap(([encoding, data]): Behaviour[] => [
    {
      title: `${type}: ValidateMessage accepts a valid message in ${encoding}`,
      documentation: documentation.schemaValidation,
      run: async (context) => void (await validate(context, type, definition, encoding, data)),
    },
    {
      title: `${type}: a topic takes a valid message in ${encoding}, and says by which schema`,
      documentation: documentation.schemaTopics,
      async run(context) {
        const { name: schema, revisionId } = await create(context, type, definition);
        const topic = await topicWith(context, schema, encoding);
        const subscription = await context.subscription(topic);
        await context.publish(topic, { data });
        const received = await context.pullOne(subscription);
        equal(received.bytes, data, 'data');
        const expected = {
          googclient_schemaencoding: encoding,
          googclient_schemaname: schema,
          googclient_schemarevisionid: revisionId,
        };
        equal(received.attributes, expected, 'attributes');
      },
    },
  ]),
  ...INVALID_MESSAGES.map(({ what, encoding, data }) => ({
    title: `${type}: ${what} is refused`,
    documentation: documentation.schemaValidation,
    async run(context: Context) {
      await refused(validate(context, type, definition, encoding, data), 'INVALID_ARGUMENT');
      const topic = await topicWith(context, await createSchema(context, type, definition), encoding);
      const subscription = await context.subscription(topic);
      await refused(context.publish(topic, { data }), 'INVALID_ARGUMENT');
      await context.pullsNothing(subscription, 200);
    },
  })),
]);

export const schemas = area('schemas', documentation.schemas, [
  ...definitions,
  ...messages,
  {
    title: 'names are unique among schemas',
    async run(context) {
      const schema = { type: 'AVRO' as const, definition: AVRO };
      const request = { parent: context.project, schemaId: 'schema', schema };
      await context.schemas.createSchema(request);
      await refused(context.schemas.createSchema(request), 'ALREADY_EXISTS');
    },
  },
  {
    title: "a schema's id obeys the rules of names",
    async run(context) {
      const schema = { type: 'AVRO' as const, definition: AVRO };
      const request = { parent: context.project, schemaId: 'goog-s', schema };
      await refused(context.schemas.createSchema(request), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'schemas are listed, without their definitions',
    async run(context) {
      const names = [await createSchema(context, 'AVRO', AVRO), await createSchema(context, 'AVRO', AVRO_WITH_CAPITAL)];
      const [listed] = await context.schemas.listSchemas({ parent: context.project });
      equal(listed.map(({ name }) => name ?? '').sort(), names.sort(), 'names');
      equal(
        listed.map(({ definition }) => definition),
        ['', ''],
        'definitions',
      );
    },
  },
  {
    title: 'a topic with a schema that does not exist is refused',
    documentation: documentation.schemaTopics,
    run: async (context) => void (await refused(topicWith(context, context.name('schemas'), 'JSON'), 'NOT_FOUND')),
  },
  {
    title: 'a topic of a deleted schema has _deleted-schema_',
    documentation: documentation.topic,
    async run(context) {
      const name = await createSchema(context, 'AVRO', AVRO);
      const topic = await topicWith(context, name, 'JSON');
      await context.schemas.deleteSchema({ name });
      await refused(context.schemas.getSchema({ name }), 'NOT_FOUND');
      contains(await context.getTopic(topic), { schemaSettings: { schema: '_deleted-schema_' } }, 'the topic');
    },
  },
  {
    title: 'a topic can be given a schema, and rid of it',
    documentation: documentation.schemaTopics,
    async run(context) {
      const name = await context.topic();
      const schema = await createSchema(context, 'AVRO', AVRO);
      await context.updateTopic({ name, schemaSettings: { schema, encoding: 'JSON' } }, 'schema_settings');
      await refused(context.publish(name, 'anything'), 'INVALID_ARGUMENT');
      await context.updateTopic({ name }, 'schema_settings');
      await context.publish(name, 'anything');
    },
  },
  {
    title: 'one invalid message refuses its whole request',
    documentation: documentation.schemaTopics,
    async run(context) {
      const topic = await topicWith(context, await createSchema(context, 'AVRO', AVRO), 'JSON');
      const subscription = await context.subscription(topic);
      await refused(context.publish(topic, VALID_JSON, '{}'), 'INVALID_ARGUMENT');
      await context.pullsNothing(subscription);
    },
  },
  {
    title: 'ValidateMessage takes the name of a schema',
    documentation: documentation.schemaValidation,
    async run(context) {
      const name = await createSchema(context, 'AVRO', AVRO);
      const request = { parent: context.project, name, encoding: 'JSON' as const };
      await context.schemas.validateMessage({ ...request, message: Buffer.from(VALID_JSON) });
      await refused(context.schemas.validateMessage({ ...request, message: Buffer.from('{}') }), 'INVALID_ARGUMENT');
    },
  },
]);
