import { percentile } from '../measurement/percentile.ts';
import { ratio } from '../measurement/measurement.ts';

/** The processes that an event passes through, and the one that makes the load. */
export const PROCESSES = ['ingest', 'decide', 'pubsub', 'firestore', 'bigquery', 'load'] as const;
export type Process = (typeof PROCESSES)[number];

/** What one load yielded. */
export interface Measured {
  readonly name: string;
  readonly events: number;
  /** Of them, those about which something is decided: the ones whose way can be timed. */
  readonly decided: number;
  /** Requests that were not answered 202. */
  readonly errors: number;
  /** From the first event to the last decision. */
  readonly durationMs: number;
  /** From being accepted to being decided, of each event that was decided about. Empty where nothing was posted. */
  readonly latenciesMs: readonly number[];
  /** Missing where the system does not tell. */
  readonly cpuMicros: Readonly<Partial<Record<Process, number>>>;
}

export interface Row {
  readonly name: string;
  readonly events: number;
  readonly errors: number;
  readonly eventsPerSecond: number;
  /** What one core would do, if it did nothing but what `decide` does for an event. */
  readonly eventsPerSecondOfACore: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
  readonly cpuMicrosPerEvent: Readonly<Partial<Record<Process, number>>>;
}

const MICROS_PER_SECOND = 1_000_000;

export function rowOf({ name, events, errors, durationMs, latenciesMs, cpuMicros }: Measured): Row {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const perEvent = PROCESSES.flatMap((process) => {
    const micros = ratio(cpuMicros[process], events);
    return micros === undefined ? [] : [[process, micros] as const];
  });
  return {
    name,
    events,
    errors,
    eventsPerSecond: events / (durationMs / 1000),
    eventsPerSecondOfACore: ratio(MICROS_PER_SECOND, ratio(cpuMicros.decide, events)),
    p50Ms: percentile(sorted, 50),
    p99Ms: percentile(sorted, 99),
    maxMs: sorted.at(-1),
    cpuMicrosPerEvent: Object.fromEntries(perEvent),
  };
}
