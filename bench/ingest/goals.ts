import { ratio } from '../measurement/measurement.ts';
import { type Goal, judge, type Verdict } from '../measurement/verdict.ts';
import type { Row } from './row.ts';
import type { TenantsRows } from './tenants-side-by-side.ts';

type Bound = Pick<Goal, 'is' | 'bound'>;

const EVENTS_PER_SECOND: Bound = { is: 'at least', bound: 25_000 };
const RATE_BATCHED: Bound = { is: 'at least', bound: 0.65 };
const RATE_SINGLE: Bound = { is: 'at least', bound: 0.5 };
const CPU_SINGLE: Bound = { is: 'at most', bound: 2 };
const P99_MS: Bound = { is: 'below', bound: 100 };
const COST_OF_MANY_TENANTS: Bound = { is: 'at most', bound: 1.1 };

/**
 * Holds Headgate's rows against the numbers to reach on two cores that everything shares.
 *
 * @param ours Headgate's rows, at one and at many events a request.
 * @param bare the bare endpoint's, of the same run.
 * @param paced Headgate's at the fixed rate.
 */
export function judgeIngest(ours: readonly Row[], bare: readonly Row[], paced: readonly Row[]): Verdict[] {
  return [...ours.flatMap((row) => judgeBeside(row, bare)), ...paced.map(judgePaced)];
}

function judgeBeside(row: Row, bare: readonly Row[]): Verdict[] {
  const { eventsPerRequest, eventsPerSecond, cpuMicrosPerEvent } = row;
  const beside = bare.find((other) => other.eventsPerRequest === eventsPerRequest);
  const isSound = row.errors === 0 && beside?.errors === 0;
  const rate = ratio(eventsPerSecond, beside?.eventsPerSecond);
  const rateName = `${named(row)}: rate against the bare endpoint`;
  if (eventsPerRequest > 1) {
    return [
      judge({ what: `${named(row)}: events/s`, ...EVENTS_PER_SECOND }, eventsPerSecond, row.errors === 0),
      judge({ what: rateName, ...RATE_BATCHED }, rate, isSound),
    ];
  }
  const cpu = ratio(cpuMicrosPerEvent.contender, beside?.cpuMicrosPerEvent.contender);
  return [
    judge({ what: rateName, ...RATE_SINGLE }, rate, isSound),
    judge({ what: `${named(row)}: CPU against the bare endpoint`, ...CPU_SINGLE }, cpu, isSound),
  ];
}

function judgePaced(row: Row): Verdict {
  return judge({ what: `${named(row)}: p99 in ms`, ...P99_MS }, row.p99Ms, row.errors === 0);
}

/** Holds what an event costs with many tenants against what it costs with one: CPU time of the functions. */
export function judgeTenants({ one, many }: TenantsRows): Verdict {
  const measured = ratio(many.cpuMicrosPerEvent.contender, one.cpuMicrosPerEvent.contender);
  const what = `${many.name}: CPU of an event against that with 1 tenant`;
  return judge({ what, ...COST_OF_MANY_TENANTS }, measured, one.errors + many.errors === 0);
}

function named({ name, eventsPerRequest }: Row): string {
  return `${name}, ${eventsPerRequest} ${eventsPerRequest === 1 ? 'event' : 'events'} a request`;
}
