import { expect, test } from 'vitest';
import { pubsubMessage } from '../testing/harness.ts';
import type { Column, Row } from './row.ts';
import { createTableWriter } from './table-writer.ts';
import { type Table, TableError } from './table.ts';

const messages = (...data: string[]): ReturnType<typeof pubsubMessage>[] =>
  data.map((text) => pubsubMessage({ data: text }));
const columns: Column[] = [{ name: 'id', type: 'STRING' }];

function createTable(overrides: Partial<Table> = {}): { table: Table; rows: Row[]; reads: () => number } {
  const rows: Row[] = [];
  let reads = 0;
  const table: Table = {
    columns: () => {
      reads++;
      return Promise.resolve(columns);
    },
    insert: (inserted) => {
      rows.push(...inserted);
      return Promise.resolve(new Map());
    },
    ...overrides,
  };
  return { table, rows, reads: () => reads };
}

const config = { useTableSchema: true };

test('one bad message does not fail the others, wherever it is found to be bad', async () => {
  const { table } = createTable({ insert: () => Promise.resolve(new Map([[1, 'id: no such value']])) });
  const writer = createTableWriter(table, 's', config, () => 0);
  const result = await writer.write(messages('{"id":"a"}', 'no json', '{"id":"refused"}', '{"id":"b"}'));
  expect(result.errors).toEqual([
    undefined,
    'the data of the message is not a JSON object',
    'id: no such value',
    undefined,
  ]);
  expect(result.state).toBe('ACTIVE');
});

test('when none of a batch fits, the subscription says so', async () => {
  const { table, rows } = createTable();
  const result = await createTableWriter(table, 's', config, () => 0).write(messages('{"other":1}'));
  expect(result.state).toBe('SCHEMA_MISMATCH');
  expect(rows).toEqual([]);
});

test.each([
  [404, 'NOT_FOUND'],
  [403, 'PERMISSION_DENIED'],
  [500, 'ACTIVE'],
  [0, 'ACTIVE'],
])('a table that answers %i fails all, and the state is %s', async (status, state) => {
  const { table } = createTable({ insert: () => Promise.reject(new TableError(status, 'not now')) });
  const result = await createTableWriter(table, 's', config, () => 0).write(messages('{"id":"a"}', '{"id":"b"}'));
  expect(result).toEqual({ errors: ['not now', 'not now'], state });
});

test('the schema is read again when it is old, or when a row did not fit', async () => {
  let nowMs = 0;
  const { table, reads } = createTable();
  const writer = createTableWriter(table, 's', config, () => nowMs);
  await writer.write(messages('{"id":"a"}'));
  await writer.write(messages('{"id":"a"}'));
  expect(reads()).toBe(1);
  nowMs += 30_001;
  await writer.write(messages('{"id":"a"}'));
  expect(reads()).toBe(2);
  await writer.write(messages('{"new":"a"}'));
  await writer.write(messages('{"id":"a"}'));
  expect(reads()).toBe(3);
});
