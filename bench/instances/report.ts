import Table from 'cli-table3';
import { figure } from '../measurement/figure.ts';

/** A flood, and what of it was accepted. */
export interface Flooded {
  readonly what: string;
  /** Events that were accepted in each second. */
  readonly acceptedPerSecond: readonly number[];
  /** Answers by status; `0` are those that never came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of what is accepted over the limit. */
  readonly atLeast: number;
  readonly atMost: number;
}

export interface Line extends Flooded {
  readonly eventsPerSecond: number;
  /** What was accepted over the limit. */
  readonly ratio: number;
  readonly reached: boolean;
}

/** All that one run has to say: what `--json` prints. */
export interface Report {
  readonly benchmark: 'instances';
  readonly notes: readonly string[];
  readonly floods: readonly Line[];
}

/** A flood misses its goal, too, where anything but 202 and 429 is answered. Pure. */
export function reportOf(limitPerSecond: number, floods: readonly Flooded[], notes: readonly string[]): Report {
  return { benchmark: 'instances', notes, floods: floods.map((flood) => lineOf(flood, limitPerSecond)) };
}

function lineOf(flood: Flooded, limitPerSecond: number): Line {
  const { acceptedPerSecond, statuses, atLeast, atMost } = flood;
  const eventsPerSecond = acceptedPerSecond.reduce((sum, events) => sum + events, 0) / acceptedPerSecond.length;
  const ratio = eventsPerSecond / limitPerSecond;
  const isHonest = Object.keys(statuses).every((status) => status === '202' || status === '429');
  return { ...flood, eventsPerSecond, ratio, reached: isHonest && ratio >= atLeast && ratio <= atMost };
}

/** The report as a table, with what was reached or missed. */
export function renderReport({ notes, floods }: Report): string {
  const table = new Table({
    head: ['flood', 'events/s', 'of the limit', 'goal', '', 'answers'],
    colAligns: ['left', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [] },
  });
  for (const { what, eventsPerSecond, ratio, atLeast, atMost, reached, statuses } of floods) {
    const answers = Object.entries(statuses).map(([status, count]) => `${status}: ${figure(count, 0)}`);
    table.push([
      what,
      figure(eventsPerSecond, 0),
      figure(ratio, 2),
      `${atLeast} to ${atMost}`,
      reached ? 'reached' : 'missed',
      answers.join(', '),
    ]);
  }
  return [table.toString(), ...notes, ''].join('\n');
}
