import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avsc from 'avsc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../clock/fake-clock.ts';
import type { PubsubMessage } from '../protocol/resources.ts';
import { compileDefinition } from '../schema/definition.ts';
import type { Draft } from '../schema/schema.ts';
import { Schemas } from '../schema/schemas.ts';
import { withSchemaAttributes } from '../schema/schema-attributes.ts';
import { pubsubMessage, SUBSCRIPTION } from '../testing/harness.ts';
import { createAvroFormat } from './avro-format.ts';
import { type Bucket, folderBucket } from './bucket.ts';
import { encodeText } from './object-format.ts';
import { createObjectWriter } from './object-writer.ts';
import { topicSchemaFault } from './topic-schema.ts';

const NOW_MS = Date.parse('2026-11-20T10:30:00Z');
const SCHEMA = 'projects/acme-project/schemas/order';
const ORDER = { type: 'record', name: 'Order', fields: [{ name: 'total', type: 'int' }] };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'storage-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function draftOf(schema: object): Promise<Draft> {
  const source = JSON.stringify(schema);
  return { source, definition: await compileDefinition('AVRO', source) };
}

async function readAvro(bytes: Uint8Array): Promise<{ schema: object; records: unknown[] }> {
  const decoder = new avsc.streams.BlockDecoder();
  const records: unknown[] = [];
  let schema = {};
  decoder.on('metadata', (type: avsc.Type) => (schema = type.schema({ exportAttrs: true }) as object));
  decoder.on('data', (record: unknown) => records.push({ ...(record as object) }));
  const ended = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject));
  decoder.end(bytes);
  await ended;
  return { schema, records };
}

test('text is in the file whole, a line for each message, under the name asked for', async () => {
  const bucket = folderBucket(root);
  const config = { filenamePrefix: 'raw/', filenameSuffix: '.txt', filenameDatetimeFormat: 'YYYY/MM/DD/hhmmss' };
  const writer = createObjectWriter(bucket, config, encodeText, () => NOW_MS);
  expect(await writer.write([pubsubMessage({ data: 'one' }), pubsubMessage({ data: 'two' })])).toEqual({
    errors: [undefined, undefined],
    state: 'ACTIVE',
  });
  const [file = '', ...others] = await readdir(join(root, 'raw/2026/11/20'));
  expect(others).toEqual([]);
  expect(file).toMatch(/^103000_[0-9a-f-]{36}\.txt$/);
  expect(await readFile(join(root, 'raw/2026/11/20', file), 'utf8')).toBe('one\ntwo');
});

test('a bucket that is not there, or no folder, is NOT_FOUND; it is found when it is', async () => {
  const folder = join(root, 'acme');
  const writer = createObjectWriter(folderBucket(folder), {}, encodeText, () => NOW_MS);
  expect(await writer.probe()).toBe('NOT_FOUND');
  expect(await writer.write([pubsubMessage()])).toMatchObject({ state: 'NOT_FOUND' });
  await writeFile(folder, '');
  expect(await writer.probe()).toBe('NOT_FOUND');
  await rm(folder);
  await mkdir(folder);
  expect(await writer.probe()).toBe('ACTIVE');
  expect((await writer.write([pubsubMessage()])).state).toBe('ACTIVE');
});

test.each([
  ['EACCES', 'PERMISSION_DENIED'],
  ['EROFS', 'PERMISSION_DENIED'],
  ['ENOENT', 'NOT_FOUND'],
  ['ENOSPC', 'ACTIVE'],
])('%s of the file system is %s', async (code, state) => {
  const fail = (): Promise<void> => Promise.reject(Object.assign(new Error(code), { code }));
  const bucket: Bucket = { put: fail, requireExistence: fail };
  const writer = createObjectWriter(bucket, {}, encodeText, () => NOW_MS);
  expect(await writer.write([pubsubMessage()])).toEqual({ errors: [code], state });
  expect(await writer.probe()).toBe(state);
});

test('a write that fails leaves no object, nor a part of one', async () => {
  await mkdir(join(root, 'taken/inside'), { recursive: true });
  await expect(folderBucket(root).put('taken', [Buffer.from('one')])).rejects.toThrow('EISDIR');
  expect(await readdir(root)).toEqual(['taken']);
});

test('an Avro object holds the data', async () => {
  const format = createAvroFormat({}, SUBSCRIPTION, new Schemas(new FakeClock()));
  const messages = Array.from({ length: 5000 }, (_, index) => pubsubMessage({ data: `message ${index} ü` }));
  const { objects, errors } = format(messages);
  expect([objects.length, errors.size]).toEqual([1, 0]);
  const { schema, records } = await readAvro(Buffer.concat(objects[0]?.bytes ?? []));
  expect(schema).toMatchObject({ name: 'com.google.pubsub.PubsubMessage' });
  expect(records).toEqual(messages.map(({ data }) => ({ data })));
});

test('an Avro object with metadata has the ordering key among the attributes', async () => {
  const format = createAvroFormat({ writeMetadata: true }, SUBSCRIPTION, new Schemas(new FakeClock()));
  const { objects } = format([pubsubMessage({ data: 'x', attributes: { type: 'a' }, orderingKey: 'k' })]);
  const { schema, records } = await readAvro(Buffer.concat(objects[0]?.bytes ?? []));
  expect(schema).toMatchObject({ name: 'com.google.pubsub.PubsubMessageWithMetadata' });
  expect(records).toEqual([
    {
      subscription_name: SUBSCRIPTION,
      message_id: '42',
      publish_time: Date.parse('2026-11-20T10:30:00.123Z') * 1000,
      attributes: { type: 'a', ordering_key: 'k' },
      data: Buffer.from('x'),
    },
  ]);
});

test.each([[false], [true]])(
  "the topic's schema is the object's, one for each revision (metadata: %s)",
  async (meta) => {
    const schemas = new Schemas(new FakeClock());
    const schema = schemas.create(SCHEMA, 'AVRO', await draftOf(ORDER));
    const first = schema.latest.id;
    const note = { name: 'note', type: ['null', 'string'], default: null };
    const second = schema.commit(await draftOf({ ...ORDER, fields: [...ORDER.fields, note] })).id;
    const message = (data: string, encoding: 'JSON' | 'BINARY', revision: string): PubsubMessage =>
      pubsubMessage({ data, attributes: withSchemaAttributes({}, SCHEMA, encoding, revision) });
    const format = createAvroFormat({ useTopicSchema: true, writeMetadata: meta }, SUBSCRIPTION, schemas);
    const { objects, errors } = format([
      message('{"total":7}', 'JSON', first),
      message('\u0010', 'BINARY', first),
      message('{"total":9,"note":{"string":"n"}}', 'JSON', second),
      pubsubMessage(),
    ]);
    expect(objects.map(({ indexes }) => indexes)).toEqual([[0, 1], [2]]);
    expect([...errors]).toEqual([[3, 'the message has no Avro schema that is still there']]);
    const read = await Promise.all(objects.map(({ bytes }) => readAvro(Buffer.concat(bytes))));
    expect(read.map(({ records }) => records)).toMatchObject([[{ total: 7 }, { total: 8 }], [{ total: 9, note: 'n' }]]);
    expect(Object.hasOwn(read[0]?.records[0] as object, 'message_id')).toBe(meta);
  },
);

test.each([
  [ORDER, undefined],
  ['string', 'must be a record'],
  [{ ...ORDER, fields: [{ name: 'message_id', type: 'string' }] }, '"message_id"'],
])('with metadata, the schema %j: %s', (definition, fault) => {
  const found = topicSchemaFault(JSON.stringify(definition), { writeMetadata: true });
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(fault);
});
