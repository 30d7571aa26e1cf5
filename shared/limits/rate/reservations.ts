/** By what a request that comes back is known again, as far as can be seen before its body is read. */
export interface Likeness {
  readonly credentialId: string;
  /** `Content-Length`; undefined where it is not said. */
  readonly declaredBytes: number | undefined;
  /** `Idempotency-Key`, as it was sent; undefined where there is none. */
  readonly idempotencyKey: string | undefined;
}

/** Tokens that were set aside for a refused request. */
export interface Reservation {
  readonly events: number;
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
}

interface Held extends Reservation {
  readonly like: Likeness;
}

/** A timer may fire this early. */
const EARLY_MS = 20;
/** What is not claimed so long after `Retry-After`, and the time waited again, goes back. */
const GRACE_MS = 5_000;
const MAX_OF_TENANT = 256;
const MAX_OF_CREDENTIAL = 64;
const HORIZON_MS = 120_000;
const SWEEP_INTERVAL_MS = 500;

/**
 * The refused requests of one tenant that were told when to come back. Bounded: 64 for a credential, 256 in all, two minutes
 * ahead; and no credential waits longer for its own than what it leaves of the two minutes to others, so that one that
 * floods does not take them all.
 *
 * A request that comes back is known by its {@link Likeness}. Those that look the same are not told apart: of them as many
 * are let through as were promised, whoever comes first.
 */
export class Reservations {
  readonly #byCredential = new Map<string, Held[]>();
  #count = 0;
  #events = 0;
  #sweptAtMs = 0;

  /**
   * @param waitMs until all that is reserved has flowed in
   * @param perMs tokens that flow in
   */
  hasRoom(credentialId: string, waitMs: number, perMs: number): boolean {
    if (this.#count >= MAX_OF_TENANT) return false;
    const own = this.#byCredential.get(credentialId) ?? [];
    const ownMs = own.reduce((sum, { events }) => sum + events, 0) / perMs;
    return own.length < MAX_OF_CREDENTIAL && ownMs <= HORIZON_MS - waitMs;
  }

  /** @param waitSeconds what it is told */
  add(like: Likeness, events: number, waitSeconds: number, nowMs: number): void {
    const waitMs = waitSeconds * 1_000;
    const held = { like, events, dueAtMs: nowMs + waitMs, expiresAtMs: nowMs + 2 * waitMs + GRACE_MS };
    const own = this.#byCredential.get(like.credentialId);
    if (own === undefined) this.#byCredential.set(like.credentialId, [held]);
    else own.push(held);
    this.#count++;
    this.#events += events;
  }

  /** The reservation of a request that is back; it is gone then. */
  claim(like: Likeness, nowMs: number): Reservation | undefined {
    const own = this.#byCredential.get(like.credentialId);
    const index = own?.findIndex(
      ({ like: { declaredBytes, idempotencyKey }, dueAtMs }) =>
        dueAtMs <= nowMs + EARLY_MS && declaredBytes === like.declaredBytes && idempotencyKey === like.idempotencyKey,
    );
    if (own === undefined || index === undefined || index < 0) return undefined;
    const [claimed] = own.splice(index, 1);
    if (own.length === 0) this.#byCredential.delete(like.credentialId);
    this.#count--;
    this.#events -= claimed?.events ?? 0;
    return claimed;
  }

  /** Forgets those nobody came for. Looks twice a second at most. @returns the tokens that were set aside for them */
  expire(nowMs: number): number {
    if (this.#count === 0 || nowMs - this.#sweptAtMs < SWEEP_INTERVAL_MS) return 0;
    this.#sweptAtMs = nowMs;
    const eventsBefore = this.#events;
    for (const [credentialId, own] of this.#byCredential) {
      const live = own.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
      if (live.length === own.length) continue;
      for (const { events, expiresAtMs } of own) if (expiresAtMs <= nowMs) this.#events -= events;
      this.#count -= own.length - live.length;
      if (live.length === 0) this.#byCredential.delete(credentialId);
      else this.#byCredential.set(credentialId, live);
    }
    return eventsBefore - this.#events;
  }

  /** Tokens that are set aside. */
  get events(): number {
    return this.#events;
  }

  get size(): number {
    return this.#count;
  }
}
