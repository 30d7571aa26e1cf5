import { expect, test } from 'vitest';
import { type FieldValue, Unmappable } from '../schema/field-value.ts';
import { pubsubMessage } from '../testing/harness.ts';
import { toRow } from './row.ts';
import { topicSchemaRow } from './topic-schema-row.ts';

test.each<[string, FieldValue, unknown]>([
  ['STRING', 'x', 'x'],
  ['STRING', null, null],
  ['BOOLEAN', true, true],
  ['INTEGER', 7n, 7],
  ['INTEGER', 9_007_199_254_740_993n, '9007199254740993'],
  ['FLOAT', 1.5, 1.5],
  ['FLOAT', Number.NaN, 'NaN'],
  ['BYTES', 'YQ==', 'YQ=='],
  ['DATE', 20_777n, '2026-11-20'],
  ['DATE', '2026-11-20', '2026-11-20'],
  ['TIMESTAMP', 1_795_170_600_000_001n, '2026-11-20T10:30:00.000001Z'],
  ['TIME', (10n << 32n) | (30n << 26n) | (5n << 20n) | 7n, '10:30:05.000007'],
  ['DATETIME', (((2026n << 9n) | (11n << 5n) | 20n) << 37n) | (10n << 32n), '2026-11-20T10:00:00.000000'],
])('a column of type %s takes %s', (type, value, expected) => {
  expect(topicSchemaRow({ f: value }, [{ name: 'F', type }], false)).toEqual({ row: { F: expected } });
});

test('records, lists and maps go to records and repeated columns', () => {
  const key = { name: 'key', type: 'STRING' };
  const columns = [
    { name: 'days', type: 'DATE', mode: 'REPEATED' },
    { name: 'map', type: 'RECORD', mode: 'REPEATED', fields: [key, { name: 'value', type: 'INTEGER' }] },
    { name: 'inner', type: 'RECORD', fields: [key] },
  ];
  const value = { days: [0n, 1n], map: [{ key: 'a', value: 1n }], inner: { key: 'b' } };
  expect(topicSchemaRow(value, columns, false)).toEqual({
    row: { days: ['1970-01-01', '1970-01-02'], map: [{ key: 'a', value: 1 }], inner: { key: 'b' } },
  });
});

test('a field without a column is an error, or dropped where the subscription says so', () => {
  const columns = [{ name: 'a', type: 'RECORD', fields: [{ name: 'b', type: 'INTEGER' }] }];
  const value = { a: { b: 1n, c: 2n } };
  expect(topicSchemaRow(value, columns, false)).toEqual({
    error: 'the table has no column for the field "c" of the schema',
  });
  expect(topicSchemaRow(value, columns, true)).toEqual({ row: { a: { b: 1 } } });
});

test.each<[FieldValue, string]>([
  ['x', 'not that of a record'],
  [{ a: new Unmappable('union') }, 'a union cannot be written to the column "a"'],
])('%o is no row', (value, error) => {
  const columns = [{ name: 'a', type: 'STRING' }];
  expect(topicSchemaRow(value, columns, false)).toEqual({ error: expect.stringContaining(error) as string });
});

test('a message whose schema cannot be read is no row; one that never had a schema is written as it is', () => {
  const message = pubsubMessage({ data: 'hello' });
  const columns = [{ name: 'data', type: 'STRING' }];
  const refused = (): never => {
    throw new Error('was deleted');
  };
  expect(toRow(message, 's', columns, { readMessage: refused })).toEqual({ error: 'was deleted' });
  expect(toRow(message, 's', columns, { readMessage: () => undefined })).toEqual({ row: { data: 'hello' } });
});
