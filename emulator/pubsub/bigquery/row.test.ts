import { expect, test } from 'vitest';
import { pubsubMessage } from '../testing/harness.ts';
import { type Column, toRow } from './row.ts';

const SUBSCRIPTION = 'projects/p/subscriptions/acme.events.warehouse';
const columns: Column[] = [
  { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'Amount', type: 'INTEGER' },
  { name: 'data', type: 'JSON' },
  { name: 'tags', type: 'JSON', mode: 'REPEATED' },
];

test('with the table schema, each field goes to its column, whatever the case of its name', () => {
  const message = pubsubMessage({ data: JSON.stringify({ event_id: 'e', amount: 3, data: null }) });
  expect(toRow(message, SUBSCRIPTION, columns, { useTableSchema: true })).toEqual({
    row: { event_id: 'e', Amount: 3, data: null },
  });
});

test.each([
  ['{"a":1}', '{"a":1}'],
  [{ a: 1 }, '{"a":1}'],
  [[1, 2], '[1,2]'],
  [7, '7'],
])('a JSON column takes %o as text', (value, expected) => {
  const message = pubsubMessage({ data: JSON.stringify({ data: value }) });
  expect(toRow(message, SUBSCRIPTION, columns, { useTableSchema: true })).toEqual({ row: { data: expected } });
});

test('a repeated JSON column takes each of them as text', () => {
  const message = pubsubMessage({ data: JSON.stringify({ tags: [{ a: 1 }, '2'] }) });
  expect(toRow(message, SUBSCRIPTION, columns, { useTableSchema: true })).toEqual({ row: { tags: ['{"a":1}', '2'] } });
});

test('an unknown field is an error, or dropped where the subscription says so', () => {
  const message = pubsubMessage({ data: '{"event_id":"e","other":1}' });
  expect(toRow(message, SUBSCRIPTION, columns, { useTableSchema: true })).toEqual({
    error: 'the table has no column for the field "other" of the message',
  });
  const config = { useTableSchema: true, dropUnknownFields: true };
  expect(toRow(message, SUBSCRIPTION, columns, config)).toEqual({ row: { event_id: 'e' } });
});

test.each(['no json', '[1]', 'null', '"text"', ''])('data that is %o is no row', (data) => {
  const config = { useTableSchema: true };
  expect(toRow(pubsubMessage({ data }), SUBSCRIPTION, columns, config)).toHaveProperty('error');
});

test('the metadata columns', () => {
  const message = pubsubMessage({ data: '{"event_id":"e"}', attributes: { type: 'a' }, orderingKey: 'k' });
  expect(toRow(message, SUBSCRIPTION, columns, { useTableSchema: true, writeMetadata: true })).toEqual({
    row: {
      event_id: 'e',
      subscription_name: SUBSCRIPTION,
      message_id: '42',
      publish_time: '2026-11-20T10:30:00.123Z',
      attributes: '{"type":"a","ordering_key":"k"}',
    },
  });
});

test.each([
  ['STRING', 'hello'],
  ['BYTES', Buffer.from('hello').toString('base64')],
])('without a schema the data goes to the column data, of type %s', (type, expected) => {
  const message = pubsubMessage({ data: 'hello' });
  expect(toRow(message, SUBSCRIPTION, [{ name: 'data', type }], {})).toEqual({ row: { data: expected } });
});
