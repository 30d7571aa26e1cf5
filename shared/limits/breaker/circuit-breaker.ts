/** When a circuit opens, and for how long. */
export interface BreakerPolicy {
  /** Failures one after another, with no success between, that open it. */
  readonly failures: number;
  readonly firstOpenMs: number;
  /** It doubles each time the probe fails, up to this. */
  readonly maxOpenMs: number;
  /** A probe whose end nobody reports counts as failed after this long. */
  readonly probeTimeoutMs: number;
}

/**
 * `closed`: everything passes. `open`: nothing does, until `untilMs`; `openings` since it was last closed. `half-open`: one
 * request is on its way as a probe, and what becomes of it decides.
 *
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export type Circuit =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly untilMs: number; readonly openings: number }
  | { readonly state: 'half-open'; readonly sinceMs: number; readonly openings: number };

export const CLOSED: Circuit = { state: 'closed', failures: 0 };

/** Nothing has failed yet, but there is reason to think that it would: the next request is a probe. */
export const SUSPECTED: Circuit = { state: 'open', untilMs: -Infinity, openings: 0 };

/** How long a request is kept out; 0 where it may pass. Pure. */
export function waitMs(circuit: Circuit, policy: BreakerPolicy, nowMs: number): number {
  if (circuit.state === 'closed') return 0;
  if (circuit.state === 'open') return Math.max(0, circuit.untilMs - nowMs);
  return Math.max(0, circuit.sinceMs + policy.probeTimeoutMs - nowMs);
}

/** A request passes, for which {@link waitMs} was 0: where the circuit is not closed, it is the probe. Pure. */
export function passing(circuit: Circuit, nowMs: number): Circuit {
  if (circuit.state === 'closed') return circuit;
  return { state: 'half-open', sinceMs: nowMs, openings: circuit.openings };
}

/**
 * A request that passed has ended. `neutral` tells nothing: it neither counts nor ends a row of failures, and where it was
 * the probe, the next request is.
 *
 * What passed before the circuit opened, and fails afterwards, opens it no longer. Pure.
 */
export function ended(
  circuit: Circuit,
  outcome: 'success' | 'failure' | 'neutral',
  policy: BreakerPolicy,
  nowMs: number,
): Circuit {
  if (outcome === 'success') return CLOSED;
  if (circuit.state === 'open') return circuit;
  if (circuit.state === 'half-open') {
    if (outcome === 'failure') return opened(circuit.openings + 1, policy, nowMs);
    return { state: 'open', untilMs: nowMs, openings: circuit.openings };
  }
  if (outcome === 'neutral') return circuit;
  const failures = circuit.failures + 1;
  return failures < policy.failures ? { state: 'closed', failures } : opened(1, policy, nowMs);
}

function opened(openings: number, { firstOpenMs, maxOpenMs }: BreakerPolicy, nowMs: number): Circuit {
  return { state: 'open', untilMs: nowMs + Math.min(maxOpenMs, firstOpenMs * 2 ** (openings - 1)), openings };
}
