import { percentile } from './percentile.ts';

/** What one phase of a load yielded. */
export interface Load {
  /** Requests answered as they should be. */
  readonly requests: number;
  /** Events of those requests. */
  readonly events: number;
  /** Requests that failed, timed out, or were answered with something else. */
  readonly errors: number;
  /** From the first request to the last answer. */
  readonly durationMs: number;
  /** One for each of `requests`, in no order. */
  readonly latenciesMs: readonly number[];
}

/** CPU time that processes took, in microseconds; a process that could not be asked is missing. */
export type CpuMicros<Process extends string> = Readonly<Partial<Record<Process, number>>>;

export interface Summary {
  readonly eventsPerSecond: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly requests: number;
  readonly errors: number;
  /** Events per second of each phase: how far they are apart says how far to trust the figure. */
  readonly eventsPerSecondByPhase: readonly number[];
}

/** Phases of the same load taken together: all events over all time, percentiles over all requests. */
export function summarise(phases: readonly Load[]): Summary {
  const latencies = phases.flatMap((phase) => phase.latenciesMs).sort((a, b) => a - b);
  const seconds = sum(phases, (phase) => phase.durationMs) / 1000;
  return {
    eventsPerSecond: perSecond(
      sum(phases, (phase) => phase.events),
      seconds,
    ),
    requestsPerSecond: perSecond(
      sum(phases, (phase) => phase.requests),
      seconds,
    ),
    p50Ms: percentile(latencies, 50),
    p95Ms: percentile(latencies, 95),
    p99Ms: percentile(latencies, 99),
    requests: latencies.length,
    errors: sum(phases, (phase) => phase.errors),
    eventsPerSecondByPhase: phases.map((phase) => perSecond(phase.events, phase.durationMs / 1000)),
  };
}

/** `value` for each of `base`; undefined where there is no base to compare with. */
export function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base === 0 ? undefined : value / base;
}

export function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function perSecond(count: number, seconds: number): number {
  return seconds === 0 ? 0 : count / seconds;
}
