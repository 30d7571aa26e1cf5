/** When an instance has to settle, in milliseconds of a monotonic clock. */
export interface ScheduleState {
  /** So much has come, or was accepted, since the last settling that it is worth one. */
  readonly isWorthIt: boolean;
  /** When settling last ended, well or not; undefined where it never began. */
  readonly settledAtMs: number | undefined;
  /** In a row. */
  readonly failures: number;
  /** Instances that let through what this tenant sends. */
  readonly holders: number;
}

/** While hardly anything is used, a tenant is settled this seldom. */
const RELAXED_MS = 30_000;
/** Then at a multiple of this, so that many such tenants are settled at the same time, which costs less than one by one. */
const BEAT_MS = 500;
const MIN_INTERVAL_MS = 1_000;
/** All instances of a tenant together write its document twice a second at most. */
const INTERVAL_PER_HOLDER_MS = 500;

/**
 * When to settle next. At once where it was never done; as soon as it is worth it, but not more than once a second,
 * and the less often the more instances there are; at the next beat after half a minute otherwise. After failures ever
 * later. Pure.
 */
export function settleAtMs(state: ScheduleState, nowMs: number): number {
  const { isWorthIt, settledAtMs, failures, holders } = state;
  if (settledAtMs === undefined) return nowMs;
  if (failures > 0) return settledAtMs + Math.min(RELAXED_MS, MIN_INTERVAL_MS * 2 ** (failures - 1));
  if (!isWorthIt) return Math.ceil((settledAtMs + RELAXED_MS) / BEAT_MS) * BEAT_MS;
  return settledAtMs + Math.min(RELAXED_MS, Math.max(MIN_INTERVAL_MS, holders * INTERVAL_PER_HOLDER_MS));
}
