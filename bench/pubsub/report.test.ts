import { expect, test } from 'vitest';
import { judge } from './goals.ts';
import { makeRows } from './measures.ts';
import { renderReport } from './report.ts';

function render(googles: { readonly pull1: number } | undefined): string {
  const rows = makeRows({ ready: 420, pull1: 80_000 }, googles);
  return renderReport({ benchmark: 'pubsub', notes: ['A note.'], rows, goals: judge(rows) });
}

const cellsOf = (text: string, name: string): string[] | undefined =>
  text
    .split('\n')
    .find((line) => line.includes('│') && line.includes(name))
    ?.split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());

test('a row shows both figures and their ratio, and a goal what has become of it', () => {
  const text = render({ pull1: 2_000 });
  expect(cellsOf(text, 'streaming pull, 1 stream')).toEqual([
    'streaming pull, 1 stream',
    'messages/s',
    '80,000',
    '2,000',
    '40.0',
  ]);
  expect(text).toContain("reached  streaming pull, 1 stream, to Google's: 40.0 (at least 10)");
  expect(text).toContain('A note.');
});

test("without Google's emulator there is one column, and goals that are unknown", () => {
  const text = render(undefined);
  expect(cellsOf(text, 'streaming pull, 1 stream')?.slice(2)).toEqual(['80,000', '-', '-']);
  expect(text).toContain("unknown  streaming pull, 1 stream, to Google's: - (at least 10)");
  expect(text).toContain('reached  start to first answer, ms: 420 (below 500)');
});
