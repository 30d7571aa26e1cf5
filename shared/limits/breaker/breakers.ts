import { LRUCache } from 'lru-cache';
import { type BreakerPolicy, type Circuit, CLOSED, ended, passing, SUSPECTED, waitMs } from './circuit-breaker.ts';

/**
 * A tenant's topic is gone, or may not be published to. Five in a row are no accident of one moment; publishing is tried
 * again within half a minute of the repair.
 */
export const MISCONFIGURED: BreakerPolicy = {
  failures: 5,
  firstOpenMs: 1_000,
  maxOpenMs: 30_000,
  probeTimeoutMs: 15_000,
};

/**
 * A credential sends nothing that is valid. Fifty requests in a row are a program that does not look at its answers: one
 * that does stops at the first. It counts by credential, so that one bad sender of a tenant shuts out no other; one who
 * mends its ways waits for a minute at most.
 */
export const INVALID: BreakerPolicy = {
  failures: 50,
  firstOpenMs: 1_000,
  maxOpenMs: 60_000,
  probeTimeoutMs: 15_000,
};

/** Circuits by name. Only those that are not at rest are held, and those used last of these. */
export class Breakers {
  readonly #circuits: LRUCache<string, Circuit>;
  readonly #policy: BreakerPolicy;

  constructor(policy: BreakerPolicy, maxCircuits: number) {
    this.#policy = policy;
    this.#circuits = new LRUCache({ max: maxCircuits });
  }

  /** How long a request is kept out; 0 where it may pass. */
  waitMs(name: string, nowMs: number): number {
    const circuit = this.#circuits.size === 0 ? undefined : this.#circuits.get(name);
    return circuit === undefined ? 0 : waitMs(circuit, this.#policy, nowMs);
  }

  /** It passes. {@link ended} must follow. @returns whether it is a probe. */
  passing(name: string, nowMs: number): boolean {
    const circuit = this.#circuits.size === 0 ? undefined : this.#circuits.get(name);
    if (circuit === undefined) return false;
    this.#circuits.set(name, passing(circuit, nowMs));
    return circuit.state !== 'closed';
  }

  /** Where nothing is known of `name`: its next request is a probe. */
  suspect(name: string): void {
    if (!this.#circuits.has(name)) this.#circuits.set(name, SUSPECTED);
  }

  ended(name: string, outcome: 'success' | 'failure' | 'neutral', nowMs: number): void {
    const circuit = this.#circuits.size === 0 ? undefined : this.#circuits.get(name);
    if (circuit === undefined && outcome !== 'failure') return;
    const after = ended(circuit ?? CLOSED, outcome, this.#policy, nowMs);
    if (after === CLOSED) this.#circuits.delete(name);
    else this.#circuits.set(name, after);
  }
}
