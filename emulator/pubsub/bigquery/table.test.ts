import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openTable } from './table.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(status: number, answer: object): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`.trim());
      response
        .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
        .end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const name = { project: 'p', dataset: 'acme', table: 'events' };

test('it reads the columns', async () => {
  const { url, requests } = await serve(200, { schema: { fields: [{ name: 'id', type: 'STRING' }] } });
  expect(await openTable(url, name).columns()).toEqual([{ name: 'id', type: 'STRING' }]);
  expect(requests).toEqual(['GET /bigquery/v2/projects/p/datasets/acme/tables/events']);
});

test('it inserts what can be inserted and tells about the rest', async () => {
  const errors = [{ reason: 'invalid', location: 'id', message: 'no such field' }];
  const { url, requests } = await serve(200, { insertErrors: [{ index: 1, errors }] });
  expect([...(await openTable(url, name).insert([{ a: 1 }, { id: 2 }]))]).toEqual([[1, 'id: no such field']]);
  expect(requests).toEqual([
    'POST /bigquery/v2/projects/p/datasets/acme/tables/events/insertAll {"skipInvalidRows":true,"rows":[{"json":{"a":1}},{"json":{"id":2}}]}',
  ]);
});

test("an error is BigQuery's own", async () => {
  const { url } = await serve(404, { error: { message: 'Not found: Table p:acme.events' } });
  await expect(openTable(url, name).columns()).rejects.toMatchObject({
    status: 404,
    message: 'BigQuery answered 404: Not found: Table p:acme.events',
  });
});

test('nobody there is an error too', async () => {
  await expect(openTable('http://127.0.0.1:1', name).columns()).rejects.toMatchObject({ status: 0 });
});
