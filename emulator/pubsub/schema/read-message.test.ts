import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PubSub, SchemaTypes } from '@google-cloud/pubsub';
import { type PubSubServer, startPubSub } from '../index.ts';

const PROJECT = 'acme-project';
const COLUMNS = [
  { name: 'user_name', type: 'STRING' },
  { name: 'at', type: 'TIMESTAMP' },
  {
    name: 'counts',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'key', type: 'STRING' },
      { name: 'value', type: 'INTEGER' },
    ],
  },
];

let server: PubSubServer;
let client: PubSub;
let bigquery: Server;
let onRow: (row: unknown) => void;

beforeAll(async () => {
  bigquery = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') response.end(JSON.stringify({ schema: { fields: COLUMNS } }));
      else {
        for (const { json } of (JSON.parse(body) as { rows: { json: unknown }[] }).rows) onRow(json);
        response.end('{}');
      }
    });
  });
  await new Promise<void>((resolve) => bigquery.listen(0, '127.0.0.1', resolve));
  const { port } = bigquery.address() as AddressInfo;
  server = await startPubSub({ bigqueryUrl: `http://127.0.0.1:${port}` });
  client = new PubSub({ projectId: PROJECT, apiEndpoint: server.address, emulatorMode: true });
});

afterAll(async () => {
  await client.close();
  await server.close();
  bigquery.closeAllConnections();
  bigquery.close();
});

test.each([
  ['JSON', '{"userName":"Ada","at":"1795170600000001","counts":{"a":1}}'],
  [
    'BINARY',
    Buffer.from([10, 3, 0x41, 0x64, 0x61, 16, 0x81, 0xb4, 0xb2, 0xcf, 0xab, 0x96, 0x98, 3, 26, 5, 10, 1, 0x61, 16, 1]),
  ],
] as const)(
  'a subscription that uses the schema of its topic writes a row for a message in %s',
  async (encoding, data) => {
    const id = `rows-${encoding.toLowerCase()}`;
    const definition =
      'syntax = "proto3"; message M { string user_name = 1; int64 at = 2; map<string, int32> counts = 3; }';
    await client.createSchema(id, SchemaTypes.ProtocolBuffer, definition);
    const [topic] = await client.createTopic({
      name: id,
      schemaSettings: { schema: `projects/${PROJECT}/schemas/${id}`, encoding },
    });
    await topic.createSubscription(`${id}.table`, {
      bigqueryConfig: { table: `${PROJECT}.d.t`, useTopicSchema: true },
    });
    const written = new Promise((resolve) => (onRow = resolve));
    await topic.publishMessage({ data: Buffer.from(data) });
    expect(await written).toEqual({
      user_name: 'Ada',
      at: '2026-11-20T10:30:00.000001Z',
      counts: [{ key: 'a', value: 1 }],
    });
  },
);
