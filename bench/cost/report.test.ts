import { expect, test } from 'vitest';
import { billOf } from './bill.ts';
import { renderReport } from './report.ts';

test('one line for each thing counted in a stage, and sums', () => {
  const usage = (reads: number) => ({
    events: 100,
    stages: { ingest: { 'Cloud Run vCPU seconds': 0.01 }, decide: { 'Firestore reads': reads }, warehouse: {} },
  });
  const rows = [
    { name: '100 a request', bill: billOf(usage(100)), goalDollars: 0.7 },
    { name: '1 a request', bill: billOf(usage(200)), goalDollars: 0.7 },
  ];
  const text = renderReport({ benchmark: 'cost', notes: ['A note.'], rows });
  expect(text).toMatch(/ingest +│ Cloud Run vCPU seconds +│ +0\.00010 │ +0\.002 │ +0\.00010 │/);
  expect(text).toMatch(/decide +│ Firestore reads +│ +1\.00 │ +0\.600 │ +2\.00 │ +1\.200 │/);
  expect(text).toMatch(/decide +│ in all +│ +│ +0\.60 │ +│ +1\.20 │/);
  expect(text).toMatch(/│ +│ in all +│ +│ +0\.60 │ +│ +1\.20 │/);
  expect(text.split('\n').slice(-5)).toEqual([
    'A note.',
    '',
    'reached  $ for a million events, 100 a request: 0.60 (at most 0.70)',
    'missed   $ for a million events, 1 a request: 1.20 (at most 0.70)',
    '',
  ]);
});
