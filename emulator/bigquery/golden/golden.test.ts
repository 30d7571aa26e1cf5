import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../engine/duckdb.ts';
import { execute } from '../jobs/execute.ts';
import { encodeValue, type Cell as RestCell } from '../values/encode.ts';
import { Warehouse } from '../warehouse.ts';
import { QUERIES, type Cell } from './queries.ts';
import { REFUSALS } from './refusals.ts';

const DATASET = { projectId: 'p', datasetId: 'd' };
const EVENTS = { ...DATASET, tableId: 'events' };
const SCHEMA = {
  fields: [
    { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'type', type: 'STRING', mode: 'REQUIRED' },
    { name: 'received_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
    { name: 'subject', type: 'STRING' },
    { name: 'data', type: 'JSON' },
  ],
};
const SUBSCRIPTION = '{"subscription": {"status": "active", "id": "sub_1"}}';
const ROWS = [
  ['e1', 'payment.failed', '2026-01-03T23:30:00Z', 's1', '{"amount": 10, "plan": "pro", "tags": ["a", "b"]}'],
  ['e2', 'payment.failed', '2026-01-04T00:15:00.5Z', 's1', '{"amount": 2.5, "plan": null}'],
  ['e3', 'subscription.created', '2026-01-05T12:00:00Z', 's2', SUBSCRIPTION],
  ['e3', 'subscription.created', '2026-01-05T12:00:01Z', 's2', SUBSCRIPTION],
  ['e4', 'customer.created', '2026-02-01T08:00:00.123456Z', null, null],
];
const UNIQUE = 'SELECT * FROM `p.d.events` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY received_at) = 1';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = new Warehouse(await Engine.create({ memoryLimit: '512MB', threads: 2 }));
  await warehouse.createDataset(DATASET, {});
  await warehouse.createTable(EVENTS, { schema: SCHEMA });
  await warehouse.createTable({ ...DATASET, tableId: 'unique_events' }, { view: { query: UNIQUE } });
  const rows = ROWS.map((row) => ({ json: Object.fromEntries(SCHEMA.fields.map(({ name }, i) => [name, row[i]])) }));
  await warehouse.insertAll(EVENTS, { rows });
});
afterAll(() => warehouse.close());

const run = (query: string) => {
  const { signal } = new AbortController();
  return execute(warehouse, { query }, { projectId: 'p', dataset: undefined }, { dryRun: false, signal });
};

function plain(cell: RestCell): Cell {
  if (cell === null || typeof cell === 'string') return cell;
  return (Array.isArray(cell) ? cell : cell.f).map(({ v }) => plain(v));
}

const answer = async (query: string): Promise<Cell[][]> => {
  const { fields, rows } = await run(query);
  return rows.map((row) => row.map((value, i) => plain(encodeValue(value, fields[i]!, { useInt64Timestamp: true }))));
};

describe('answers', () => {
  test.each(QUERIES)('%s', async (sql, rows) => expect(await answer(sql)).toEqual(rows));
});

describe('refusals', () => {
  test.each(REFUSALS)('%s', async (sql, message) => {
    await expect(answer(sql)).rejects.toMatchObject({ name: 'BigQueryError', message: expect.stringMatching(message) });
  });
});

test('DML and definitions', async () => {
  const changed = async (sql: string) => (await run(sql)).affectedRows;
  await run('CREATE TABLE d.t (id INT64 NOT NULL, name STRING, tags ARRAY<STRING>)');
  expect(await changed("INSERT INTO d.t (id, name, tags) VALUES (1, 'a', ['x']), (2, 'b', [])")).toBe(2);
  expect(await changed("INSERT d.t (id, name) SELECT 3, 'c'")).toBe(1);
  expect(await changed("UPDATE d.t SET name = CONCAT(name, '!') WHERE id = 1")).toBe(1);
  expect(await changed("UPDATE d.t AS x SET name = s.n FROM (SELECT 2 AS id, 'two' AS n) AS s WHERE x.id = s.id")).toBe(1);
  expect(
    await changed(
      "MERGE d.t AS t USING (SELECT 3 AS id, 'new' AS n UNION ALL SELECT 9, 'nine') AS s ON t.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.n)",
    ),
  ).toBe(2);
  expect(await answer('SELECT id, name FROM d.t ORDER BY id')).toEqual([['1', 'a!'], ['2', 'two'], ['9', 'nine']]);
  await expect(run('INSERT INTO d.t (id) VALUES (NULL)')).rejects.toThrow('Required field id cannot be null');
  for (const statement of [
    "MERGE d.t AS t USING (SELECT 2 AS id, 'x' AS n UNION ALL SELECT 2, 'y') AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.n",
    "UPDATE d.t SET name = s.n FROM (SELECT 2 AS id, 'x' AS n UNION ALL SELECT 2, 'y') AS s WHERE t.id = s.id",
  ]) {
    await expect(run(statement)).rejects.toThrow('at most one source row');
  }
  await run('CREATE OR REPLACE TABLE d.t AS SELECT id + 1 AS id, COUNT(*) AS n FROM d.t GROUP BY 1');
  await run('CREATE OR REPLACE VIEW d.v AS SELECT SUM(id) AS total FROM d.t');
  expect(await answer('SELECT * FROM d.v')).toEqual([['15']]);
  expect(await changed('DELETE FROM d.t WHERE id > 2')).toBe(2);
  await expect(run('DROP TABLE d.v')).rejects.toThrow('is a VIEW');
  await run('DROP VIEW d.v');
  await run('DROP TABLE d.t');
  await expect(run('SELECT 1 FROM d.t')).rejects.toThrow('Not found: Table p:d.t');
});

test('columns without a name are counted among themselves', async () => {
  const { fields } = await run('SELECT 1, 2 AS a, COUNT(*), event_id FROM d.events GROUP BY event_id');
  expect(fields.map(({ name }) => name)).toEqual(['f0_', 'a', 'f1_', 'event_id']);
});

test('types of a result', async () => {
  const { fields } = await run(
    "SELECT 1 AS i, 1.5 AS f, 'x' AS s, TRUE AS b, b'x' AS y, CURRENT_TIMESTAMP() AS ts, CURRENT_DATE() AS d, CURRENT_DATETIME() AS dt, TIME '00:00:00' AS t, NUMERIC '1' AS n, JSON '1' AS j, [1] AS l, STRUCT(1 AS x) AS r, SUM(1) AS sum, AVG(1) AS avg, NULL AS nothing",
  );
  expect(Object.fromEntries(fields.map(({ name, type, mode }) => [name, mode === 'REPEATED' ? `${type}[]` : type]))).toEqual({
    i: 'INTEGER', f: 'FLOAT', s: 'STRING', b: 'BOOLEAN', y: 'BYTES', ts: 'TIMESTAMP', d: 'DATE', dt: 'DATETIME', t: 'TIME',
    n: 'NUMERIC', j: 'JSON', l: 'INTEGER[]', r: 'RECORD', sum: 'INTEGER', avg: 'FLOAT', nothing: 'INTEGER',
  });
});
