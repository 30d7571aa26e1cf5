import type { Load } from '../measurement/measurement.ts';
import { connectionsFor, fullLoad } from './full-load.ts';
import type { HttpTarget } from './http-target.ts';

/** One way to bring events to Pub/Sub, in a process of its own. */
export interface Contender {
  readonly name: string;
  /** The process whose CPU time is its cost; undefined where it is not known. */
  readonly pid: number | undefined;
  /** Runs until nothing is in flight: about `seconds`, more where a single request takes longer. */
  readonly measure: (eventsPerRequest: number, seconds: number) => Promise<Load>;
}

/**
 * A contender that is posted to. How many requests fill the given time is taken from the rate of the run before; the
 * first run, of which nothing is known yet, simply ends when its time is up.
 */
export function httpContender(
  name: string,
  pid: number | undefined,
  target: HttpTarget,
  bodies: (eventsPerRequest: number) => readonly string[],
): Contender {
  const requestsPerSecond = new Map<number, number>();
  return {
    name,
    pid,
    measure: async (eventsPerRequest, seconds) => {
      const rate = requestsPerSecond.get(eventsPerRequest);
      // Two from each connection at least, or the rate of a slow contender would be that of its first answers.
      const until =
        rate === undefined
          ? { seconds }
          : { requests: Math.max(2 * connectionsFor(eventsPerRequest), Math.round(rate * seconds)) };
      const load = await fullLoad(target, bodies(eventsPerRequest), eventsPerRequest, until);
      requestsPerSecond.set(eventsPerRequest, load.durationMs === 0 ? 0 : load.requests / (load.durationMs / 1000));
      return load;
    },
  };
}
