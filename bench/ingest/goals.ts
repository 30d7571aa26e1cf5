import type { Row } from './row.ts';

/** A number to reach, and what was measured. */
export interface Verdict {
  readonly what: string;
  readonly goal: string;
  readonly measured: number | undefined;
  readonly reached: boolean;
}

const EVENTS_PER_SECOND = 25_000;
const RATIO = 0.5;
const P99_MS = 100;

/**
 * Holds the rows against the numbers to reach on two cores that everything shares.
 *
 * @param batched Headgate's rows at 100 events a request.
 * @param paced its rows at the fixed rate.
 */
export function judge(batched: readonly Row[], paced: readonly Row[]): Verdict[] {
  return [...batched.flatMap(judgeBatched), ...paced.map(judgePaced)];
}

function judgeBatched(batched: Row): Verdict[] {
  return [
    {
      what: `${batched.name}, ${batched.eventsPerRequest} events a request: events/s`,
      goal: `at least ${EVENTS_PER_SECOND}`,
      measured: batched.eventsPerSecond,
      reached: batched.errors === 0 && batched.eventsPerSecond >= EVENTS_PER_SECOND,
    },
    {
      what: `${batched.name}, ${batched.eventsPerRequest} events a request: rate against the bare publish loop`,
      goal: `at least ${RATIO}`,
      measured: batched.ratioToPublishLoop,
      reached: batched.errors === 0 && (batched.ratioToPublishLoop ?? 0) >= RATIO,
    },
  ];
}

function judgePaced(row: Row): Verdict {
  return {
    what: `${row.name}, ${row.eventsPerRequest} ${row.eventsPerRequest === 1 ? 'event' : 'events'} a request: p99 in ms`,
    goal: `below ${P99_MS}`,
    measured: row.p99Ms,
    reached: row.errors === 0 && row.p99Ms !== undefined && row.p99Ms < P99_MS,
  };
}
