import Table from 'cli-table3';
import { figure } from '../measurement/figure.ts';
import { type Goal, judge, renderVerdicts, type Verdict } from '../measurement/verdict.ts';
import { PROCESSES, type Row } from './row.ts';

/** All that one run has to say: what `--json` prints. */
export interface Report {
  readonly benchmark: 'decide';
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  readonly goals: readonly Verdict[];
}

const P99: Pick<Goal, 'is' | 'bound'> = { is: 'below', bound: 250 };
const RATE: Pick<Goal, 'is' | 'bound'> = { is: 'at least', bound: 2_500 };

/**
 * @param paced the loads of a fixed rate.
 * @param full those that are as fast as they can be.
 */
export function reportOf(paced: readonly Row[], full: readonly Row[], notes: readonly string[]): Report {
  return {
    benchmark: 'decide',
    notes,
    rows: [...paced, ...full],
    goals: [
      ...paced.map(({ name, p99Ms, errors }) =>
        judge({ what: `${name}: accepted to decided, p99 in ms`, ...P99 }, p99Ms, errors === 0),
      ),
      ...full.map(({ name, eventsPerSecondOfACore, errors }) =>
        judge({ what: `${name}: events/s of a core`, ...RATE }, eventsPerSecondOfACore, errors === 0),
      ),
    ],
  };
}

export function renderReport({ notes, rows, goals }: Report): string {
  const table = new Table({
    head: ['', 'events/s', 'of a core', 'p50 ms', 'p99 ms', 'max ms', 'errors', 'CPU µs/event'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.name,
      figure(row.eventsPerSecond, 0),
      figure(row.eventsPerSecondOfACore, 0),
      figure(row.p50Ms, 0),
      figure(row.p99Ms, 0),
      figure(row.maxMs, 0),
      row.errors,
      PROCESSES.map((process) => figure(row.cpuMicrosPerEvent[process], 0)).join(' | '),
    ]);
  }
  return [table.toString(), ...notes, '', ...renderVerdicts(goals), ''].join('\n');
}
