import { credentials } from '@grpc/grpc-js';
import { Encodings, PubSub, Schema, SchemaTypes, SchemaViews, v1 } from '@google-cloud/pubsub';
import avsc from 'avsc';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PubSubServer, startPubSub } from '../index.ts';

const PROJECT = 'acme-project';
const AVRO = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'long' },
  ],
} as const;

let server: PubSubServer;
let client: PubSub;
let service: v1.SchemaServiceClient;

beforeAll(async () => {
  vi.stubEnv('PUBSUB_EMULATOR_HOST', '');
  server = await startPubSub();
  const [servicePath = '', port] = server.address.split(':');
  client = new PubSub({ projectId: PROJECT, apiEndpoint: server.address, emulatorMode: true });
  const sslCreds = credentials.createInsecure();
  service = new v1.SchemaServiceClient({ projectId: PROJECT, servicePath, port: Number(port), sslCreds });
});

afterAll(async () => {
  await Promise.all([client.close(), service.close()]);
  await server.close();
  vi.unstubAllEnvs();
});

test("Google's client creates, lists, validates and deletes schemas", async () => {
  const schema = await client.createSchema('listed', SchemaTypes.Avro, JSON.stringify(AVRO));
  expect(await schema.get(SchemaViews.Full)).toMatchObject({ type: 'AVRO', definition: JSON.stringify(AVRO) });
  const listed: unknown[] = [];
  for await (const one of client.listSchemas(SchemaViews.Basic)) listed.push(one.name);
  expect(listed).toContain(`projects/${PROJECT}/schemas/listed`);
  await client.validateSchema({ type: SchemaTypes.Avro, definition: JSON.stringify(AVRO) });
  const base64 = (json: string): string => Buffer.from(json).toString('base64');
  await schema.validateMessage(base64('{"id":"a","amount":1}'), Encodings.Json);
  await expect(schema.validateMessage(base64('{"id":"a"}'), Encodings.Json)).rejects.toMatchObject({ code: 3 });
  await schema.delete();
  await expect(schema.get(SchemaViews.Full)).rejects.toMatchObject({ code: 5 });
});

test('revisions are committed, listed and rolled back to', async () => {
  const schema = await client.createSchema(
    'revised',
    SchemaTypes.ProtocolBuffer,
    'message M { optional string a = 1; }',
  );
  const name = await schema.getName();
  const definition = 'message M { optional string a = 1; optional string b = 2; }';
  const [second] = await service.commitSchema({ name, schema: { name, type: 'PROTOCOL_BUFFER', definition } });
  const [revisions] = await service.listSchemaRevisions({ name, view: 'FULL' });
  expect(revisions.map((revision) => revision.definition)).toEqual([expect.any(String), definition]);
  const revisionId = revisions[0]?.revisionId ?? '';
  const [third] = await service.rollbackSchema({ name, revisionId });
  expect(third.definition).toBe(revisions[0]?.definition);
  await service.deleteSchemaRevision({ name: `${name}@${second.revisionId}` });
  expect((await service.listSchemaRevisions({ name }))[0]).toHaveLength(2);
});

test('what is published in binary Avro reaches a subscriber with what it needs to read it', async () => {
  await client.createSchema('published', SchemaTypes.Avro, JSON.stringify(AVRO));
  const schema = `projects/${PROJECT}/schemas/published`;
  const [topic] = await client.createTopic({ name: 'typed', schemaSettings: { schema, encoding: Encodings.Binary } });
  const [subscription] = await topic.createSubscription('typed.archive');
  const event = { id: 'a', amount: 7 };
  const data = avsc.Type.forSchema(AVRO as never).toBuffer(event);
  const received = new Promise<{ data: Buffer; attributes: Record<string, string> }>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message) => {
      message.ack();
      resolve(message);
    });
  });
  await expect(topic.publishMessage({ data: Buffer.from('{"id":"a","amount":7}') })).rejects.toMatchObject({ code: 3 });
  await topic.publishMessage({ data });
  const message = await received;
  await subscription.close();
  expect(avsc.Type.forSchema(AVRO as never).fromBuffer(message.data)).toEqual(event);
  expect(Schema.metadataFromMessage(message.attributes)).toEqual({
    name: schema,
    encoding: Encodings.Binary,
    revision: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
  });
});
