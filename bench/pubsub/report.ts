import Table from 'cli-table3';
import { figure } from '../measurement/figure.ts';
import type { Verdict } from './goals.ts';
import type { Row } from './measures.ts';

/** All that one run has to say: what `--json` prints. */
export interface Report {
  readonly benchmark: 'pubsub';
  /** What was measured under which circumstances, a sentence each. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  readonly goals: readonly Verdict[];
}

export function renderReport({ notes, rows, goals }: Report): string {
  const table = new Table({
    head: ['', '', 'ours', "Google's emulator", 'ratio'],
    colAligns: ['left', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { name, unit, ours, googles, ratio } of rows) {
    table.push([name, unit, figure(ours), figure(googles), figure(ratio)]);
  }
  return [
    table.toString(),
    ...notes,
    '',
    ...goals.map(({ what, goal, measured, reached }) => `${word(reached)}  ${what}: ${figure(measured)} (${goal})`),
    '',
  ].join('\n');
}

function word(reached: boolean | undefined): string {
  if (reached === undefined) return 'unknown';
  return reached ? 'reached' : 'missed ';
}
