import Table from 'cli-table3';
import { figure } from '../measurement/figure.ts';
import { STAGES } from './bill.ts';
import type { Bill } from './bill.ts';

/** A load, and what it costs. */
export interface Row {
  readonly name: string;
  readonly bill: Bill;
  /** What a million such events are to cost at most. */
  readonly goalDollars: number;
}

/** All that one run has to say: what `--json` prints. */
export interface Report {
  readonly benchmark: 'cost';
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

/** A table of what is counted by stage, with a pair of columns for each load: how many an event, dollars for a million. */
export function renderReport({ notes, rows }: Report): string {
  const table = new Table({
    head: ['stage', 'counted', ...rows.flatMap(({ name }) => [`an event, ${name}`, '$ a million'])],
    colAligns: ['left', 'left', ...rows.flatMap(() => ['right' as const, 'right' as const])],
    style: { head: [], border: [] },
  });
  for (const stage of STAGES) {
    const counted = new Set(
      rows.flatMap(({ bill }) => bill.lines.filter((line) => line.stage === stage).map((line) => line.counted)),
    );
    for (const one of counted) {
      const cells = rows.flatMap(({ bill }) => {
        const line = bill.lines.find((each) => each.stage === stage && each.counted === one);
        return [perEvent(line?.perEvent), figure(line?.dollarsPerMillion, 3)];
      });
      table.push([stage, one, ...cells]);
    }
    table.push([stage, 'in all', ...rows.flatMap(({ bill }) => ['', figure(bill.dollarsPerMillion[stage], 2)])]);
  }
  table.push(['', 'in all', ...rows.flatMap(({ bill }) => ['', figure(bill.dollarsPerMillion.total, 2)])]);
  const goals = rows.map(({ name, bill: { dollarsPerMillion }, goalDollars }) => {
    const reached = dollarsPerMillion.total <= goalDollars;
    return `${reached ? 'reached' : 'missed '}  $ for a million events, ${name}: ${figure(dollarsPerMillion.total)} (at most ${figure(goalDollars)})`;
  });
  return [table.toString(), ...notes, '', ...goals, ''].join('\n');
}

/** Parts of a second are small. */
function perEvent(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 0.01 ? value.toPrecision(2) : figure(value);
}
