import { expect, test } from 'vitest';
import type { Schema as SchemaResource } from '../protocol/resources.ts';
import { createHarness, PROJECT, type Harness } from '../testing/harness.ts';

const NAME = `${PROJECT}/schemas/events`;
const avro = (...fields: object[]): SchemaResource => ({
  type: 'AVRO',
  definition: JSON.stringify({ type: 'record', name: 'Event', fields }),
});
const A = { name: 'a', type: 'string' };
const B = { name: 'b', type: 'int', default: 0 };

async function create(harness: Harness, schema = avro(A), schemaId = 'events'): Promise<SchemaResource> {
  return harness.call('CreateSchema', { parent: PROJECT, schemaId, schema });
}

const commit = (harness: Harness, schema: SchemaResource): Promise<SchemaResource> =>
  harness.call('CommitSchema', { name: NAME, schema });

const list = async (harness: Harness, rpc: string, request: object): Promise<readonly SchemaResource[]> =>
  ((await harness.call(rpc, request)) as { schemas: readonly SchemaResource[] }).schemas;

test('a schema is returned as it was created, with its revision', async () => {
  const harness = createHarness();
  const created = await create(harness);
  expect(created).toEqual({
    ...avro(A),
    name: NAME,
    revisionId: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
    revisionCreateTime: { seconds: Math.floor(harness.clock.now() / 1000) },
  });
  expect(await harness.call('GetSchema', { name: NAME })).toEqual(created);
  const { definition: _, ...basic } = created;
  expect(await harness.call('GetSchema', { name: NAME, view: 'BASIC' })).toEqual(basic);
});

test('a list has no definitions unless they are asked for, and comes in pages', async () => {
  const harness = createHarness();
  for (const id of ['ccc', 'aaa', 'bbb']) await create(harness, avro(A), id);
  const page = { parent: PROJECT, pageSize: 2 };
  const first = (await harness.call('ListSchemas', page)) as { schemas: SchemaResource[]; nextPageToken: string };
  expect(first.schemas.map(({ name }) => name)).toEqual([`${PROJECT}/schemas/aaa`, `${PROJECT}/schemas/bbb`]);
  expect(first.schemas[0]).not.toHaveProperty('definition');
  const [last] = await list(harness, 'ListSchemas', { ...page, pageToken: first.nextPageToken, view: 'FULL' });
  expect(last).toMatchObject({ name: `${PROJECT}/schemas/ccc`, definition: avro(A).definition });
  expect(await list(harness, 'ListSchemas', { parent: 'projects/other' })).toEqual([]);
});

test('revisions: committed, listed in their order, read by id, rolled back to and deleted', async () => {
  const harness = createHarness();
  const first = await create(harness);
  const second = await commit(harness, avro(A, B));
  expect(await harness.call('GetSchema', { name: NAME })).toEqual(second);
  expect(await harness.call('GetSchema', { name: `${NAME}@${first.revisionId}` })).toEqual(first);
  const third = (await harness.call('RollbackSchema', { name: NAME, revisionId: first.revisionId })) as SchemaResource;
  expect(third.definition).toBe(first.definition);
  expect(third.revisionId).not.toBe(first.revisionId);
  expect(await list(harness, 'ListSchemaRevisions', { name: NAME, view: 'FULL' })).toEqual([first, second, third]);
  const page = { name: NAME, pageSize: 1 };
  const { nextPageToken: pageToken } = (await harness.call('ListSchemaRevisions', page)) as { nextPageToken: string };
  expect(await list(harness, 'ListSchemaRevisions', { ...page, pageToken })).toMatchObject([
    { revisionId: second.revisionId },
  ]);
  expect(await harness.call('DeleteSchemaRevision', { name: `${NAME}@${second.revisionId}` })).toEqual(second);
  expect(await list(harness, 'ListSchemaRevisions', { name: NAME, view: 'FULL' })).toEqual([first, third]);
  await harness.call('DeleteSchema', { name: NAME });
  await expect(harness.call('GetSchema', { name: NAME })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a schema has 20 revisions at most', async () => {
  const harness = createHarness();
  await create(harness);
  for (let number = 2; number <= 20; number++) await commit(harness, avro({ ...A, doc: `revision ${number}` }));
  const full = { code: 'RESOURCE_EXHAUSTED' };
  await expect(commit(harness, avro(A))).rejects.toMatchObject(full);
  const [{ revisionId } = {}] = await list(harness, 'ListSchemaRevisions', { name: NAME });
  await expect(harness.call('RollbackSchema', { name: NAME, revisionId })).rejects.toMatchObject(full);
  await harness.call('DeleteSchemaRevision', { name: `${NAME}@${revisionId}` });
  await commit(harness, avro(A));
});

const PROTOBUF: SchemaResource = {
  type: 'PROTOCOL_BUFFER',
  definition: 'syntax = "proto3"; message Event { string a = 1; }',
};

test.each<[string, string, object, string]>([
  ['a name that is taken', 'CreateSchema', { parent: PROJECT, schemaId: 'events', schema: avro(A) }, 'ALREADY_EXISTS'],
  ['an id too short', 'CreateSchema', { parent: PROJECT, schemaId: 'ab', schema: avro(A) }, 'INVALID_ARGUMENT'],
  ['an id of Google', 'CreateSchema', { parent: PROJECT, schemaId: 'goog1', schema: avro(A) }, 'INVALID_ARGUMENT'],
  ['no id', 'CreateSchema', { parent: PROJECT, schema: avro(A) }, 'INVALID_ARGUMENT'],
  [
    'an id with a revision',
    'CreateSchema',
    { parent: PROJECT, schemaId: 'abc@1', schema: avro(A) },
    'INVALID_ARGUMENT',
  ],
  ['no project', 'CreateSchema', { schemaId: 'abc', schema: avro(A) }, 'INVALID_ARGUMENT'],
  ['no schema', 'CreateSchema', { parent: PROJECT, schemaId: 'abc' }, 'INVALID_ARGUMENT'],
  [
    'no type',
    'CreateSchema',
    { parent: PROJECT, schemaId: 'abc', schema: { definition: '"int"' } },
    'INVALID_ARGUMENT',
  ],
  ['no definition', 'CreateSchema', { parent: PROJECT, schemaId: 'abc', schema: { type: 'AVRO' } }, 'INVALID_ARGUMENT'],
  ['nothing to get', 'GetSchema', { name: `${PROJECT}/schemas/missing` }, 'NOT_FOUND'],
  ['no revision to get', 'GetSchema', { name: `${NAME}@00000000` }, 'NOT_FOUND'],
  ['an empty revision to get', 'GetSchema', { name: `${NAME}@` }, 'INVALID_ARGUMENT'],
  ['no name', 'GetSchema', {}, 'INVALID_ARGUMENT'],
  ['another collection', 'GetSchema', { name: `${PROJECT}/topics/events` }, 'INVALID_ARGUMENT'],
  ['revisions of a revision', 'ListSchemaRevisions', { name: `${NAME}@00000000` }, 'INVALID_ARGUMENT'],
  ['a commit to nothing', 'CommitSchema', { name: `${PROJECT}/schemas/missing`, schema: avro(A) }, 'NOT_FOUND'],
  ['an incompatible commit', 'CommitSchema', { name: NAME, schema: avro({ ...A, type: 'int' }) }, 'INVALID_ARGUMENT'],
  ['a commit of another type', 'CommitSchema', { name: NAME, schema: PROTOBUF }, 'INVALID_ARGUMENT'],
  ['a rollback to nothing', 'RollbackSchema', { name: NAME, revisionId: '00000000' }, 'NOT_FOUND'],
  ['a rollback to no revision', 'RollbackSchema', { name: NAME }, 'INVALID_ARGUMENT'],
  ['deletion of no revision', 'DeleteSchemaRevision', { name: NAME }, 'INVALID_ARGUMENT'],
  ['deletion of a missing revision', 'DeleteSchemaRevision', { name: `${NAME}@00000000` }, 'NOT_FOUND'],
  ['deletion of a missing schema', 'DeleteSchema', { name: `${PROJECT}/schemas/missing` }, 'NOT_FOUND'],
  ['a definition that is none', 'ValidateSchema', { parent: PROJECT, schema: { type: 'AVRO' } }, 'INVALID_ARGUMENT'],
  [
    'no encoding',
    'ValidateMessage',
    { parent: PROJECT, name: NAME, message: Buffer.from('{"a":"x"}') },
    'INVALID_ARGUMENT',
  ],
  ['no schema to validate with', 'ValidateMessage', { parent: PROJECT, encoding: 'JSON' }, 'INVALID_ARGUMENT'],
  [
    'a missing one',
    'ValidateMessage',
    { parent: PROJECT, name: `${PROJECT}/schemas/missing`, encoding: 'JSON' },
    'NOT_FOUND',
  ],
  ['no message', 'ValidateMessage', { parent: PROJECT, name: NAME, encoding: 'JSON' }, 'INVALID_ARGUMENT'],
])('%s: %s is refused', async (_, rpc, request, code) => {
  const harness = createHarness();
  await create(harness);
  await expect(harness.call(rpc, request)).rejects.toMatchObject({ code });
});

test('the only revision cannot be deleted', async () => {
  const harness = createHarness();
  const { revisionId } = await create(harness);
  const request = { name: `${NAME}@${revisionId}` };
  await expect(harness.call('DeleteSchemaRevision', request)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('messages are validated against a schema by name, or one that is sent along', async () => {
  const harness = createHarness();
  await create(harness);
  const validate = (request: object): Promise<object> =>
    harness.call('ValidateMessage', { parent: PROJECT, encoding: 'JSON', ...request });
  expect(await validate({ name: NAME, message: Buffer.from('{"a":"x"}') })).toEqual({});
  expect(await validate({ schema: PROTOBUF, message: Buffer.from('{"a":"x"}') })).toEqual({});
  expect(await validate({ schema: PROTOBUF, message: Buffer.from([10, 1, 97]), encoding: 'BINARY' })).toEqual({});
  await expect(validate({ name: NAME, message: Buffer.from('{"b":"x"}') })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'Invalid data in message: Message failed schema validation.',
    details: [{ reason: 'INVALID_JSON_AVRO_MESSAGE' }],
  });
});
