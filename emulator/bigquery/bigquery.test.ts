import { BigQuery, type Query, type QueryRowsResponse, type RowMetadata } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startBigQuery, type BigQueryServer } from './index.ts';

let server: BigQueryServer;
let client: BigQuery;
let count = 0;
let dataset = '';

beforeAll(async () => {
  server = await startBigQuery({ host: '127.0.0.1', port: 0, memoryLimit: '512MB' });
  client = new BigQuery({ projectId: 'headgate-local', apiEndpoint: server.url, authClient: new PassThroughClient() });
});
afterAll(() => server.close());
beforeEach(async () => {
  dataset = `t${count++}`;
  await client.createDataset(dataset);
});

const query = async (sql: string, params: Record<string, unknown> = {}): Promise<RowMetadata[]> => {
  const [rows] = await client.query({ query: sql, params });
  return rows;
};

const EVENTS = {
  schema: {
    fields: [
      { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
      { name: 'type', type: 'STRING', mode: 'REQUIRED' },
      { name: 'received_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
      { name: 'data', type: 'JSON' },
    ],
  },
  timePartitioning: { type: 'DAY', field: 'received_at' },
  clustering: { fields: ['type'] },
  labels: { app: 'headgate' },
  description: 'Every event',
};

describe('datasets and tables', () => {
  test('a dataset: made once, listed, changed, deleted', async () => {
    await expect(client.createDataset(dataset)).rejects.toMatchObject({ code: 409, errors: [{ reason: 'duplicate' }] });
    const [datasets] = await client.getDatasets();
    expect(datasets.map(({ id }) => id)).toContain(dataset);
    await client.dataset(dataset).setMetadata({ labels: { tenant: 'acme' }, description: 'd' });
    expect((await client.dataset(dataset).getMetadata())[0]).toMatchObject({
      labels: { tenant: 'acme' },
      description: 'd',
    });
    await client.dataset(dataset).createTable('t', EVENTS);
    await expect(client.dataset(dataset).delete()).rejects.toMatchObject({ errors: [{ reason: 'resourceInUse' }] });
    await client.dataset(dataset).delete({ force: true });
    expect((await client.dataset(dataset).exists())[0]).toBe(false);
  });

  test('a table keeps its schema, partitioning, clustering, labels and description', async () => {
    await client.dataset(dataset).createTable('events', EVENTS);
    const [metadata] = await client.dataset(dataset).table('events').getMetadata();
    expect(metadata).toMatchObject({
      ...EVENTS,
      schema: { fields: EVENTS.schema.fields.map((field) => ({ mode: 'NULLABLE', ...field })) },
    });
    await expect(client.dataset(dataset).createTable('events', EVENTS)).rejects.toMatchObject({ code: 409 });
    await expect(client.dataset(dataset).table('none').getMetadata()).rejects.toMatchObject({ code: 404 });
  });

  test('columns can be added, not changed', async () => {
    const [table] = await client.dataset(dataset).createTable('events', EVENTS);
    const fields = [...EVENTS.schema.fields, { name: 'source', type: 'STRING' }];
    await table.setMetadata({ schema: { fields } });
    await table.insert({ event_id: 'e', type: 't', received_at: '2026-01-01T00:00:00Z', source: 's' });
    expect(await query(`SELECT source FROM ${dataset}.events`)).toEqual([{ source: 's' }]);
    await expect(
      table.setMetadata({ schema: { fields: [{ name: 'event_id', type: 'INTEGER' }] } }),
    ).rejects.toMatchObject({ code: 400 });
  });
});

describe('insertAll', () => {
  test('rows are there when it answers, and every type comes back as it went', async () => {
    const fields = [
      'i:INTEGER',
      'f:FLOAT',
      'b:BOOLEAN',
      's:STRING',
      'y:BYTES',
      'ts:TIMESTAMP',
      'd:DATE',
      't:TIME',
      'dt:DATETIME',
      'n:NUMERIC',
      'j:JSON',
    ].map((field) => ({ name: field.split(':')[0]!, type: field.split(':')[1]! }));
    const nested = [
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      {
        name: 'r',
        type: 'RECORD',
        fields: [
          { name: 'x', type: 'INTEGER' },
          { name: 'l', type: 'FLOAT', mode: 'REPEATED' },
        ],
      },
    ];
    const [table] = await client.dataset(dataset).createTable('types', { schema: { fields: [...fields, ...nested] } });
    const row = {
      i: '9007199254740993',
      f: 1.5,
      b: true,
      s: "it's",
      y: Buffer.from([0, 1, 255]),
      ts: '2026-11-20T10:30:00.123456Z',
      d: '2026-11-20',
      t: '10:30:00.5',
      dt: '2026-11-20T10:30:00',
      n: '12345.678900000',
      j: '{"a":[1,"x",null]}',
      tags: ['a', 'b'],
      r: { x: 1, l: [0.5, 2] },
    };
    await table.insert(row);
    const [rows] = await table.getRows({ wrapIntegers: true });
    const [queried] = await query(`SELECT * FROM ${dataset}.types`);
    expect(rows[0]).toMatchObject({ i: { value: row.i }, ts: { value: '2026-11-20T10:30:00.123456000Z' } });
    expect(queried).toMatchObject({
      f: 1.5,
      b: true,
      s: row.s,
      y: row.y,
      tags: row.tags,
      r: row.r,
      t: { value: '10:30:00.500000' },
    });
    expect(queried.j).toBe(row.j);
    expect(String(queried.n)).toBe('12345.6789');
  });

  test('one bad row stops the others, and its error names the column', async () => {
    const [table] = await client.dataset(dataset).createTable('events', EVENTS);
    const good = { event_id: 'e', type: 't', received_at: '2026-01-01T00:00:00Z' };
    const insert = table.insert([good, { ...good, received_at: 'yesterday' }]);
    await expect(insert).rejects.toMatchObject({
      errors: [
        { row: good, errors: [{ reason: 'stopped' }] },
        { errors: [{ reason: 'invalid', message: expect.stringContaining('received_at') }] },
      ],
    });
    expect(await query(`SELECT COUNT(*) AS n FROM ${dataset}.events`)).toEqual([{ n: 0 }]);
    await expect(table.insert([good, { ...good, type: null }], { skipInvalidRows: true })).rejects.toMatchObject({
      errors: [{ errors: [{ message: 'Missing required field: type.' }] }],
    });
    expect(await query(`SELECT COUNT(*) AS n FROM ${dataset}.events`)).toEqual([{ n: 1 }]);
  });

  test('an unknown field is an error, or ignored on request', async () => {
    const [table] = await client.dataset(dataset).createTable('events', EVENTS);
    const row = { event_id: 'e', type: 't', received_at: '2026-01-01T00:00:00Z', nope: 1 };
    await expect(table.insert(row)).rejects.toMatchObject({
      errors: [{ errors: [{ message: 'no such field: nope.' }] }],
    });
    await table.insert(row, { ignoreUnknownValues: true });
    expect(await query(`SELECT COUNT(*) AS n FROM ${dataset}.events`)).toEqual([{ n: 1 }]);
  });

  test('the same insertId twice is one row', async () => {
    const [table] = await client.dataset(dataset).createTable('events', EVENTS);
    const json = { event_id: 'e', type: 't', received_at: '2026-01-01T00:00:00Z' };
    for (let i = 0; i < 2; i++) await table.insert([{ insertId: 'x', json }], { raw: true });
    expect(await query(`SELECT COUNT(*) AS n FROM ${dataset}.events`)).toEqual([{ n: 1 }]);
  });
});

describe('queries', () => {
  test('the road of an analyst: a view over the table, grouped', async () => {
    const [table] = await client.dataset(dataset).createTable('events', EVENTS);
    await client.dataset(dataset).createTable('unique_events', {
      view: {
        query: `SELECT * FROM \`headgate-local.${dataset}.events\` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY received_at) = 1`,
        useLegacySql: false,
      },
    });
    const row = (event_id: string, type: string) => ({
      event_id,
      type,
      received_at: new Date(),
      data: '{"amount": 5}',
    });
    await table.insert([row('1', 'a'), row('1', 'a'), row('2', 'a'), row('3', 'b')]);
    const sql = `SELECT type, COUNT(*) AS n, SUM(LAX_INT64(data.amount)) AS amount FROM ${dataset}.unique_events GROUP BY type ORDER BY type`;
    expect(await query(sql)).toEqual([
      { type: 'a', n: 2, amount: 10 },
      { type: 'b', n: 1, amount: 5 },
    ]);
  });

  test('parameters, named and positional', async () => {
    const params = { s: "o'x", n: 3, l: ['a', 'b'], t: new Date('2026-01-01T00:00:00.5Z') };
    expect(await query('SELECT @s AS s, @n + 1 AS n, ARRAY_LENGTH(@l) AS l, UNIX_MILLIS(@t) AS t', params)).toEqual([
      { s: "o'x", n: 4, l: 2, t: 1_767_225_600_500 },
    ]);
    const [rows] = await client.query({ query: 'SELECT ? AS a, ? AS b', params: ['x', 2] });
    expect(rows).toEqual([{ a: 'x', b: 2 }]);
  });

  test('a large result comes in pages', async () => {
    const [job] = await client.createQueryJob('SELECT x FROM UNNEST(GENERATE_ARRAY(1, 2500)) AS x ORDER BY x');
    const seen: number[] = [];
    let next: Query | null | undefined = { query: '' };
    for (let pages = 0; next && pages < 5; pages++) {
      const [rows, following]: QueryRowsResponse = await job.getQueryResults({
        ...next,
        maxResults: 1000,
        autoPaginate: false,
      });
      seen.push(...rows.map(({ x }) => x));
      next = following;
    }
    expect(seen).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
  });

  test('a dry run says the schema and runs nothing', async () => {
    const [job] = await client.createQueryJob({ query: 'SELECT 1 AS a', dryRun: true });
    expect(job.metadata.statistics.query.schema.fields).toMatchObject([{ name: 'a', type: 'INTEGER' }]);
  });

  test('errors say what is wrong and where', async () => {
    await expect(query('SELECT nope FROM (SELECT 1 AS a)')).rejects.toMatchObject({
      errors: [
        { reason: 'invalidQuery', location: 'query', message: expect.stringContaining('Unrecognized name: nope') },
      ],
    });
    await expect(query(`SELECT 1 FROM ${dataset}.none`)).rejects.toMatchObject({
      code: 404,
      errors: [{ reason: 'notFound' }],
    });
  });
});
