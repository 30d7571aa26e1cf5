import { expect, test } from 'vitest';
import { billedBytes, billOf, messageBytes } from './bill.ts';

test('counts times prices, for a million events, by stage and in all', () => {
  const bill = billOf({
    events: 100,
    stages: {
      ingest: { 'Cloud Run requests': 1 },
      decide: { 'Firestore reads': 100, 'Firestore writes': 100, 'Firestore deletes': 0 },
      warehouse: { 'BigQuery subscription bytes': 100 * 1024 },
    },
  });
  expect(bill.lines.map(({ stage, counted, perEvent }) => [stage, counted, perEvent])).toEqual([
    ['ingest', 'Cloud Run requests', 0.01],
    ['decide', 'Firestore reads', 1],
    ['decide', 'Firestore writes', 1],
    ['warehouse', 'BigQuery subscription bytes', 1024],
  ]);
  expect(bill.dollarsPerMillion.ingest).toBeCloseTo(0.004);
  expect(bill.dollarsPerMillion.decide).toBeCloseTo(2.4);
  expect(bill.dollarsPerMillion.warehouse).toBeCloseTo(0.0466, 3);
  expect(bill.dollarsPerMillion.total).toBeCloseTo(2.4506, 3);
});

test('Pub/Sub counts data, attributes, time and id, and bills a kilobyte a request at least', () => {
  expect(messageBytes(Buffer.from('12345'), { ä: 'bc' })).toBe(5 + 4 + 36);
  expect([billedBytes(45), billedBytes(1_200)]).toEqual([1_000, 1_200]);
});
