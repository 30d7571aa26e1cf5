import { TURN_UNITS, Turns } from './turns.ts';

/** A turn's worth of work is 1 to 2 ms. */
const UNITS_PER_MS = TURN_UNITS / 1.5;
const LEAST_UNITS = 10;

/**
 * Does a piece of work at once, or when it is the tenant's turn.
 *
 * @param expectedMs what it will take, as far as that is known before
 * @throws what `work` throws
 */
export type RunInTurn = <Result>(tenantId: string, expectedMs: number, work: () => Result) => Promise<Result>;

/**
 * {@link Turns} for work of which nobody can tell before what it will take, a tenant's rules for instance: what a tenant's last
 * piece took is what its next one is expected to.
 *
 * @param now monotonic milliseconds
 */
export function createTimedTurns(turns: Turns = new Turns(), now: () => number = () => performance.now()): RunInTurn {
  /** By tenant, where it is more than the least. */
  const lastUnits = new Map<string, number>();
  return async (tenantId, expectedMs, work) => {
    const units = Math.max(LEAST_UNITS, expectedMs * UNITS_PER_MS, lastUnits.get(tenantId) ?? 0);
    const turn = turns.next(tenantId, units);
    if (turn !== undefined) await turn;
    const startedAtMs = now();
    try {
      return work();
    } finally {
      const tookUnits = (now() - startedAtMs) * UNITS_PER_MS;
      if (tookUnits > LEAST_UNITS) lastUnits.set(tenantId, tookUnits);
      else lastUnits.delete(tenantId);
    }
  };
}
