import { expect, test } from 'vitest';
import type { Schema as SchemaResource, SchemaSettings, Topic } from '../protocol/resources.ts';
import { createHarness, type Harness, PROJECT, TOPIC } from '../testing/harness.ts';

const SCHEMA = `${PROJECT}/schemas/events`;
const FIELDS = ['a', 'b', 'c'].map((name) => ({ name, type: 'string', default: '' }));

/** A schema of three revisions: with the field a, with a and b, with a, b and c. */
async function withRevisions(): Promise<{ harness: Harness; ids: [string, string, string] }> {
  const harness = createHarness();
  const schema = (count: number): SchemaResource => ({
    type: 'AVRO',
    definition: JSON.stringify({ type: 'record', name: 'Event', fields: FIELDS.slice(0, count) }),
  });
  const idOf = ({ revisionId = '' }: SchemaResource): string => revisionId;
  return {
    harness,
    ids: [
      idOf(await harness.call('CreateSchema', { parent: PROJECT, schemaId: 'events', schema: schema(1) })),
      idOf(await harness.call('CommitSchema', { name: SCHEMA, schema: schema(2) })),
      idOf(await harness.call('CommitSchema', { name: SCHEMA, schema: schema(3) })),
    ],
  };
}

const settings = (more: Partial<SchemaSettings> = {}): SchemaSettings => ({
  schema: SCHEMA,
  encoding: 'JSON',
  ...more,
});
/** A message with the first so many fields. */
const message = (count: number): string =>
  JSON.stringify(Object.fromEntries(FIELDS.slice(0, count).map(({ name }) => [name, 'x'])));

const refused = { code: 'INVALID_ARGUMENT', message: 'Invalid data in message: Message failed schema validation.' };

const revisionsOf = async (harness: Harness): Promise<(string | undefined)[]> =>
  (await harness.pull()).map(({ attributes }) => attributes['googclient_schemarevisionid']);

test('subscribers are told the schema, the encoding, and the revision that the message is valid for', async () => {
  const { harness, ids } = await withRevisions();
  await harness.topic({ schemaSettings: settings() });
  await harness.subscription();
  const attributes = { type: 'x', googclient_schemaname: 'what the publisher says' };
  await harness.publish({ data: message(2), attributes, orderingKey: 'k' }, message(3), message(1));
  const [first, second, third] = await harness.pull();
  expect(first).toMatchObject({ data: message(2), orderingKey: 'k' });
  expect(first?.attributes).toEqual({
    type: 'x',
    googclient_schemaname: SCHEMA,
    googclient_schemaencoding: 'JSON',
    googclient_schemarevisionid: ids[1],
  });
  expect(second?.attributes['googclient_schemarevisionid']).toBe(ids[2]);
  expect(third?.attributes['googclient_schemarevisionid']).toBe(ids[0]);
});

test('one message that is not valid fails the request, and none is published', async () => {
  const { harness } = await withRevisions();
  await harness.topic({ schemaSettings: settings() });
  await harness.subscription();
  await expect(harness.publish(message(1), '{"z":1}')).rejects.toMatchObject({
    ...refused,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'INVALID_JSON_AVRO_MESSAGE',
        domain: 'pubsub.googleapis.com',
      },
    ],
  });
  await expect(harness.publish({ attributes: { only: 'attributes' } })).rejects.toMatchObject(refused);
  expect(await harness.pull()).toEqual([]);
});

test.each<[string, (ids: readonly [string, string, string]) => Partial<SchemaSettings>, number[]]>([
  ['all', () => ({}), [1, 2, 3]],
  ['from the second', (ids) => ({ firstRevisionId: ids[1] }), [2, 3]],
  ['up to the second', (ids) => ({ lastRevisionId: ids[1] }), [1, 2]],
  ['the second', (ids) => ({ firstRevisionId: ids[1], lastRevisionId: ids[1] }), [2]],
])('only revisions of the range judge: %s', async (_, range, accepted) => {
  const { harness, ids } = await withRevisions();
  await harness.topic({ schemaSettings: settings(range(ids)) });
  for (const count of [1, 2, 3]) {
    const publishing = harness.publish(message(count));
    if (accepted.includes(count)) await publishing;
    else await expect(publishing).rejects.toMatchObject(refused);
  }
});

test('a deleted revision judges no more, and still bounds the range', async () => {
  const { harness, ids } = await withRevisions();
  await harness.topic({ schemaSettings: settings({ firstRevisionId: ids[1] }) });
  await harness.call('DeleteSchemaRevision', { name: `${SCHEMA}@${ids[1]}` });
  await expect(harness.publish(message(2))).rejects.toMatchObject(refused);
  await expect(harness.publish(message(1))).rejects.toMatchObject(refused);
  await harness.publish(message(3));
});

test.each<[string, SchemaSettings, string]>([
  ['no schema', { encoding: 'JSON' }, 'INVALID_ARGUMENT'],
  ['no encoding', { schema: SCHEMA }, 'INVALID_ARGUMENT'],
  ['no name of a schema', settings({ schema: `${SCHEMA}@1234abcd` }), 'INVALID_ARGUMENT'],
  ['a deleted schema', settings({ schema: '_deleted-schema_' }), 'INVALID_ARGUMENT'],
  ['a missing schema', settings({ schema: `${PROJECT}/schemas/missing` }), 'NOT_FOUND'],
  ['a missing first revision', settings({ firstRevisionId: '00000000' }), 'NOT_FOUND'],
  ['a missing last revision', settings({ lastRevisionId: '00000000' }), 'NOT_FOUND'],
])('a topic with %s is refused', async (_, schemaSettings, code) => {
  const { harness } = await withRevisions();
  await expect(harness.topic({ schemaSettings })).rejects.toMatchObject({ code });
});

test('the range and the encoding can be updated, and the schema taken away', async () => {
  const { harness, ids } = await withRevisions();
  await harness.topic({ schemaSettings: settings() });
  const update = (schemaSettings: SchemaSettings | undefined, ...paths: string[]): Promise<Topic> =>
    harness.call('UpdateTopic', { topic: { name: TOPIC, schemaSettings }, updateMask: { paths } });
  const changed = await update({ firstRevisionId: ids[2] }, 'schema_settings.first_revision_id');
  expect(changed.schemaSettings).toEqual(settings({ firstRevisionId: ids[2] }));
  await expect(harness.publish(message(2))).rejects.toMatchObject(refused);
  const order = { firstRevisionId: ids[2], lastRevisionId: ids[0] };
  await expect(update(settings(order), 'schema_settings')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await update({ encoding: 'BINARY' }, 'schema_settings.encoding');
  await harness.publish(String.raw`xxx`.replaceAll('x', '\u0002x'));
  await update(undefined, 'schema_settings');
  await harness.publish('anything');
});

test('with its schema deleted, a topic takes no messages, and tells so; it can still be updated', async () => {
  const { harness } = await withRevisions();
  await harness.topic({ schemaSettings: settings() });
  await harness.call('DeleteSchema', { name: SCHEMA });
  await expect(harness.publish(message(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const expected = { schemaSettings: settings({ schema: '_deleted-schema_' }) };
  expect(await harness.call('GetTopic', { topic: TOPIC })).toMatchObject(expected);
  const relabelled = { topic: { name: TOPIC, labels: { a: 'b' } }, updateMask: { paths: ['labels'] } };
  expect(await harness.call('UpdateTopic', relabelled)).toMatchObject({ ...expected, labels: { a: 'b' } });
});

test('messages that wait tell when their revision, or their schema, was deleted meanwhile', async () => {
  const { harness, ids } = await withRevisions();
  await harness.topic({ schemaSettings: settings() });
  await harness.subscription();
  await harness.publish(message(1), message(2));
  expect(await revisionsOf(harness)).toEqual([ids[0], ids[1]]);
  await harness.publish(message(1), message(2));
  await harness.call('DeleteSchemaRevision', { name: `${SCHEMA}@${ids[0]}` });
  const [first, second] = await harness.pull();
  expect(first).toMatchObject({
    data: message(1),
    attributes: { googclient_schemaname: SCHEMA, googclient_schemarevisionid: '_deleted-schema-revision_' },
  });
  expect(second?.attributes).toMatchObject({ googclient_schemarevisionid: ids[1] });
  await harness.call('DeleteSchema', { name: SCHEMA });
  await harness.nack([second!]);
  expect((await harness.pull())[0]?.attributes).toEqual({
    googclient_schemaname: '_deleted-schema_',
    googclient_schemaencoding: 'JSON',
    googclient_schemarevisionid: '_deleted-schema-revision_',
  });
});
