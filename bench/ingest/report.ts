import Table from 'cli-table3';
import { figure } from '../measurement/figure.ts';
import { renderVerdicts, type Verdict } from '../measurement/verdict.ts';
import { PROCESSES } from './row.ts';
import type { Row } from './row.ts';

/** All that one run has to say: what `--json` prints. */
export interface Report {
  readonly benchmark: 'ingest';
  /** What was measured under which circumstances, a sentence each. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  readonly goals: readonly Verdict[];
}

/** From this share of a core on, the load generator's own limit is what was measured. */
const SATURATED_SHARE = 0.9;
/** Below this many cores, other processes are the noise of any machine. */
const CORES_TAKEN_TOLERATED = 0.1;

export function renderReport({ notes, rows, goals }: Report): string {
  const table = new Table({
    head: [
      '',
      'events/request',
      'events/s',
      'requests/s',
      'p50 ms',
      'p95 ms',
      'p99 ms',
      'errors',
      'CPU µs/event',
      'to bare loop',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.name,
      row.eventsPerRequest,
      figure(row.eventsPerSecond, 0),
      figure(row.requestsPerSecond, 0),
      figure(row.p50Ms, 1),
      figure(row.p95Ms, 1),
      figure(row.p99Ms, 1),
      row.errors,
      PROCESSES.map((process) => figure(row.cpuMicrosPerEvent[process], 1)).join(' | '),
      figure(row.ratioToPublishLoop, 2),
    ]);
  }
  const saturated = rows.filter((row) => row.loadGeneratorShare >= SATURATED_SHARE);
  const coresTaken = Math.max(0, ...rows.map((row) => row.coresTakenByOthers ?? 0));
  return [
    table.toString(),
    ...notes,
    ...saturated.map(
      (row) => `The load generator was the bottleneck of "${row.name}", ${row.eventsPerRequest} a request.`,
    ),
    ...(coresTaken < CORES_TAKEN_TOLERATED
      ? []
      : [
          `NOT A QUIET MACHINE: other processes kept up to ${figure(coresTaken)} cores busy. Every figure suffers from it.`,
        ]),
    '',
    ...renderVerdicts(goals),
    '',
  ].join('\n');
}
