import { ratio } from '../measurement/measurement.ts';
import type { Row } from './row.ts';
import type { TenantsRows } from './tenants-side-by-side.ts';

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
const COST_OF_MANY_TENANTS = 1.1;

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

/** Holds what an event costs with many tenants against what it costs with one: CPU time of the functions. */
export function judgeTenants({ one, many }: TenantsRows): Verdict {
  const measured = ratio(many.cpuMicrosPerEvent.contender, one.cpuMicrosPerEvent.contender);
  return {
    what: `${many.name}: CPU of an event against that with 1 tenant`,
    goal: `at most ${COST_OF_MANY_TENANTS}`,
    measured,
    reached: one.errors + many.errors === 0 && (measured ?? Infinity) <= COST_OF_MANY_TENANTS,
  };
}
