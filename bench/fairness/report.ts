import Table from 'cli-table3';
import { figure } from '../measurement/figure.ts';
import { ratio } from '../measurement/measurement.ts';
import { percentile } from '../measurement/percentile.ts';
import { judge, renderVerdicts, type Verdict } from '../measurement/verdict.ts';

/** The quiet tenant's latencies of one round, in milliseconds, in any order. */
export interface Round {
  readonly aloneMs: readonly number[];
  readonly besideMs: readonly number[];
  /** Events a second of the flooding tenant that were accepted, and requests of it that were refused. */
  readonly flood: { readonly eventsPerSecond: number; readonly refused: number };
}

/** All that one run has to say: what `--json` prints. */
export interface Report {
  readonly benchmark: 'fairness' | 'hostile';
  readonly notes: readonly string[];
  readonly rounds: readonly Line[];
  /** Over the requests of all rounds. */
  readonly all: Line;
  readonly goal: Verdict;
}

/** What one round, or all of them, came to. */
export interface Line {
  readonly requests: number;
  readonly alone: { readonly p50Ms: number | undefined; readonly p99Ms: number | undefined };
  readonly beside: { readonly p50Ms: number | undefined; readonly p99Ms: number | undefined };
  /** p99 beside the other over p99 alone. */
  readonly p99Ratio: number | undefined;
  readonly flood: Round['flood'];
}

/** Judges the requests of all rounds together. Pure. */
export function reportOf(
  { benchmark, maxP99Ratio }: { readonly benchmark: Report['benchmark']; readonly maxP99Ratio: number },
  rounds: readonly Round[],
  notes: readonly string[],
): Report {
  const total = (pick: (round: Round) => number): number => rounds.reduce((sum, round) => sum + pick(round), 0);
  const all = lineOf({
    aloneMs: rounds.flatMap(({ aloneMs }) => aloneMs),
    besideMs: rounds.flatMap(({ besideMs }) => besideMs),
    flood: {
      eventsPerSecond: total(({ flood }) => flood.eventsPerSecond) / rounds.length,
      refused: total(({ flood }) => flood.refused),
    },
  });
  const what = "the quiet tenant's p99 beside the other, over what it is alone";
  const goal = judge({ what, is: 'at most', bound: maxP99Ratio }, all.p99Ratio);
  return { benchmark, notes, rounds: rounds.map(lineOf), all, goal };
}

function lineOf({ aloneMs, besideMs, flood }: Round): Line {
  const alone = percentilesOf(aloneMs);
  const beside = percentilesOf(besideMs);
  return { requests: besideMs.length, alone, beside, p99Ratio: ratio(beside.p99Ms, alone.p99Ms), flood };
}

function percentilesOf(latenciesMs: readonly number[]): Line['alone'] {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return { p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99) };
}

/** The report as a table, with what was reached or missed. */
export function renderReport({ notes, rounds, all, goal }: Report): string {
  const table = new Table({
    head: ['', 'requests', 'alone p50', 'p99 ms', 'beside p50', 'p99 ms', 'p99 ratio', 'other: events/s', 'refused'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const named = [...rounds.map((line, index) => ({ name: `round ${index + 1}`, line })), { name: 'all', line: all }];
  for (const { name, line } of named) {
    const { alone, beside, flood } = line;
    table.push([
      name,
      figure(line.requests, 0),
      figure(alone.p50Ms, 1),
      figure(alone.p99Ms, 1),
      figure(beside.p50Ms, 1),
      figure(beside.p99Ms, 1),
      figure(line.p99Ratio, 2),
      figure(flood.eventsPerSecond, 0),
      figure(flood.refused, 0),
    ]);
  }
  return [table.toString(), ...notes, '', ...renderVerdicts([goal]), ''].join('\n');
}
