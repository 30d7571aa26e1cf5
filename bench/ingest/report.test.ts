import { expect, test } from 'vitest';
import { renderReport } from './report.ts';
import type { Row } from './row.ts';

const row: Row = {
  name: 'headgate',
  eventsPerRequest: 100,
  eventsPerSecond: 31_234.5,
  requestsPerSecond: 312.3,
  p50Ms: 80.04,
  p95Ms: 120,
  p99Ms: undefined,
  requests: 900,
  errors: 3,
  eventsPerSecondByPhase: [31_000, 31_400],
  cpuMicrosPerEvent: { contender: 21.55, load: 2 },
  loadGeneratorShare: 0.2,
  coresTakenByOthers: 0.01,
  ratioToPublishLoop: 0.614,
};

test('a row shows its figures, and "-" for what could not be measured', () => {
  const text = renderReport({ benchmark: 'ingest', notes: ['A note.'], rows: [row], goals: [] });
  const line = text.split('\n').find((each) => each.includes('headgate'));
  const cells = line?.split('│').map((cell) => cell.trim());
  expect(cells?.slice(1, -1)).toEqual([
    'headgate',
    '100',
    '31,235',
    '312',
    '80.0',
    '120.0',
    '-',
    '3',
    '21.6 | - | 2.0',
    '0.61',
  ]);
  expect(text).toContain('A note.');
  expect(text).not.toContain('bottleneck');
  expect(text).not.toContain('other processes');
});

test('a machine that was not left alone is told', () => {
  const rows = [row, { ...row, coresTakenByOthers: 0.52 }, { ...row, coresTakenByOthers: undefined }];
  const text = renderReport({ benchmark: 'ingest', notes: [], rows, goals: [] });
  expect(text).toContain('other processes kept up to 0.52 cores busy');
});

test('what is reached and missed is told, and a load generator at its limit', () => {
  const goal = { what: 'events/s', goal: 'at least 25000', measured: 24_000 };
  const text = renderReport({
    benchmark: 'ingest',
    notes: [],
    rows: [{ ...row, loadGeneratorShare: 0.95 }],
    goals: [
      { ...goal, reached: false },
      { ...goal, measured: 26_000, reached: true },
    ],
  });
  expect(text).toContain('missed   events/s: 24,000 (at least 25000)');
  expect(text).toContain('reached  events/s: 26,000 (at least 25000)');
  expect(text).toContain('The load generator was the bottleneck of "headgate", 100 a request.');
});
