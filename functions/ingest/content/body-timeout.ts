/** What a connection may take to begin, and to catch up. */
const GRACE_MS = 5_000;
/** Slower than any network that is worth waiting for: who takes longer holds one of the few places of an instance. */
const MIN_BYTES_PER_MS = 10;

/**
 * How long a body may take to arrive: five seconds and what it takes at 10 kB a second, `maxMs` at most. One that does not say
 * how long it is may take the most: it also counts as the largest, so that a tenant has few of them at a time. Pure.
 */
export function bodyTimeoutMs(declaredBytes: number, maxMs: number): number {
  return declaredBytes >= 0 ? Math.min(maxMs, GRACE_MS + declaredBytes / MIN_BYTES_PER_MS) : maxMs;
}
