import Table from 'cli-table3';
import { figure } from '../measurement/figure.ts';
import { ratio } from '../measurement/measurement.ts';
import { percentile } from '../measurement/percentile.ts';
import { type Goal, judge, renderVerdicts, type Verdict } from '../measurement/verdict.ts';
import type { Start } from './start-once.ts';

/** All that one run has to say: what `--json` prints. */
export interface Report {
  readonly benchmark: 'start';
  readonly notes: readonly string[];
  /** The first is what the others are held against. */
  readonly rows: readonly Row[];
  readonly goals: readonly Verdict[];
}

/** One program: the median of its starts, in milliseconds, taken apart. */
export interface Row {
  readonly name: string;
  /** Node itself, until the first line that is not its own. */
  readonly nodeMs: number;
  /** Loading its modules and putting it together, until it listens. */
  readonly loadingMs: number;
  /** From then to its first answer. */
  readonly firstRequestMs: number;
  readonly totalMs: number;
  /** CPU time of the process until the first answer. */
  readonly cpuMs: number;
  /** The fastest and the slowest start. */
  readonly range: readonly [number, number];
  readonly ratioToEcho: number | undefined;
}

const TOTAL: Goal = { what: 'as deployed: process start to first 202, in ms', is: 'below', bound: 700 };
const TO_ECHO: Goal = { what: 'as deployed: against an echo on functions-framework', is: 'at most', bound: 2 };

/**
 * @param starts of each program, by name, the echo's first.
 * @param deployed the name of the one that has goals.
 */
export function reportOf(
  starts: ReadonlyMap<string, readonly Start[]>,
  deployed: string,
  notes: readonly string[],
): Report {
  const [echo] = [...starts.values()].map(medianTotal);
  const rows = [...starts].map(([name, each]) => rowOf(name, each, echo));
  const row = rows.find(({ name }) => name === deployed);
  const goals = [judge(TOTAL, row?.totalMs), judge(TO_ECHO, row?.ratioToEcho)];
  return { benchmark: 'start', notes, rows, goals };
}

function rowOf(name: string, starts: readonly Start[], echoMs: number | undefined): Row {
  const totals = starts.map(({ firstAnswerMs }) => firstAnswerMs);
  const totalMs = median(totals);
  return {
    name,
    nodeMs: median(starts.map(({ bootedMs }) => bootedMs)),
    loadingMs: median(starts.map(({ listeningMs, bootedMs }) => listeningMs - bootedMs)),
    firstRequestMs: median(starts.map(({ firstAnswerMs, listeningMs }) => firstAnswerMs - listeningMs)),
    totalMs,
    cpuMs: median(starts.map(({ cpuMs }) => cpuMs)),
    range: [Math.min(...totals), Math.max(...totals)],
    ratioToEcho: ratio(totalMs, echoMs),
  };
}

const medianTotal = (starts: readonly Start[]): number => median(starts.map(({ firstAnswerMs }) => firstAnswerMs));

function median(values: readonly number[]): number {
  return (
    percentile(
      values.toSorted((a, b) => a - b),
      50,
    ) ?? Number.NaN
  );
}

export function renderReport({ notes, rows, goals }: Report): string {
  const table = new Table({
    head: ['ms, medians', 'Node', 'loading', 'first request', 'total', '(from, to)', 'CPU', 'to the echo'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const { name, nodeMs, loadingMs, firstRequestMs, totalMs, range, cpuMs, ratioToEcho } = row;
    const times = [nodeMs, loadingMs, firstRequestMs, totalMs].map((ms) => figure(ms, 0));
    const between = range.map((ms) => figure(ms, 0)).join(', ');
    table.push([name, ...times, between, figure(cpuMs, 0), figure(ratioToEcho, 2)]);
  }
  return [table.toString(), ...notes, '', ...renderVerdicts(goals), ''].join('\n');
}
