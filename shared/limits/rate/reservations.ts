/** By what a request that comes back is known again, as far as can be seen before its body is read. */
export interface Likeness {
  readonly credentialId: string;
  /** `Content-Length`; undefined where it is not said. */
  readonly declaredBytes: number | undefined;
  /** `Idempotency-Key`, as it was sent; undefined where there is none. */
  readonly idempotencyKey: string | undefined;
}

/** Tokens that are set aside for a refused request, from `dueAtMs` on. */
export interface Reservation {
  readonly like: Likeness;
  readonly events: number;
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
}

/** A bucket as it is now, before what is reserved and not yet due. */
interface Flow {
  readonly balance: number;
  readonly perMs: number;
}

/** A timer may fire this early. */
const EARLY_MS = 20;
/** What is not claimed so long after `Retry-After`, and the time waited again, goes back. */
const GRACE_MS = 5_000;
const MAX_OF_TENANT = 256;
const MAX_OF_CREDENTIAL = 64;
const HORIZON_MS = 120_000;

/**
 * The refused requests of one tenant that were told when to come back. Bounded: 64 for a credential, 256 in all, two minutes
 * ahead; and no credential waits longer for its own than what it leaves of the two minutes to others, so that one that
 * floods does not take them all.
 *
 * A request that comes back is known by its {@link Likeness}. Those that look the same are not told apart: of them as many
 * are let through as were promised, whoever comes first.
 */
export class Reservations {
  /** In the order of their times. */
  readonly #upcoming: Reservation[] = [];
  /** Their time has come; in no order. */
  #due: Reservation[] = [];
  #dueEvents = 0;

  get size(): number {
    return this.#upcoming.length + this.#due.length;
  }

  /** Tokens that are set aside for those whose time has come. */
  get dueEvents(): number {
    return this.#dueEvents;
  }

  /** Whether a request that is to wait for `waitMs` can be promised anything. */
  hasRoom(credentialId: string, waitMs: number, perMs: number): boolean {
    if (this.size >= MAX_OF_TENANT) return false;
    let own = 0;
    let ownEvents = 0;
    for (const reservations of [this.#upcoming, this.#due]) {
      for (const { like, events } of reservations) {
        if (like.credentialId !== credentialId) continue;
        own++;
        ownEvents += events;
      }
    }
    return own < MAX_OF_CREDENTIAL && ownEvents / perMs <= HORIZON_MS - waitMs;
  }

  /** @param waitSeconds what the request is told */
  add(like: Likeness, events: number, waitSeconds: number, nowMs: number): void {
    const waitMs = waitSeconds * 1_000;
    const reservation = { like, events, dueAtMs: nowMs + waitMs, expiresAtMs: nowMs + 2 * waitMs + GRACE_MS };
    const after = this.#upcoming.findLastIndex(({ dueAtMs }) => dueAtMs <= reservation.dueAtMs);
    this.#upcoming.splice(after + 1, 0, reservation);
  }

  /** The next whose time has come; its tokens are to be set aside. Undefined where there is none. */
  nextDue(nowMs: number): Reservation | undefined {
    const [next] = this.#upcoming;
    if (next === undefined || next.dueAtMs > nowMs + EARLY_MS) return undefined;
    this.#upcoming.shift();
    this.#due.push(next);
    this.#dueEvents += next.events;
    return next;
  }

  /** The reservation of a request that is back; it is gone then. */
  claim({ credentialId, declaredBytes, idempotencyKey }: Likeness): Reservation | undefined {
    const index = this.#due.findIndex(
      ({ like }) =>
        like.declaredBytes === declaredBytes &&
        like.idempotencyKey === idempotencyKey &&
        like.credentialId === credentialId,
    );
    if (index < 0) return undefined;
    const [claimed] = this.#due.splice(index, 1);
    this.#dueEvents -= claimed?.events ?? 0;
    return claimed;
  }

  /** Forgets those nobody came for. @returns the tokens that were set aside for them */
  expire(nowMs: number): number {
    if (!this.#due.some(({ expiresAtMs }) => expiresAtMs <= nowMs)) return 0;
    const before = this.#dueEvents;
    this.#due = this.#due.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    this.#dueEvents = this.#due.reduce((sum, { events }) => sum + events, 0);
    return before - this.#dueEvents;
  }

  /** What may be taken now, so that each promise is still kept by what flows in until its time. May be negative. */
  available({ balance, perMs }: Flow, nowMs: number): number {
    let least = balance;
    let reserved = 0;
    for (const { events, dueAtMs } of this.#upcoming) {
      reserved += events;
      least = Math.min(least, balance + (dueAtMs - nowMs) * perMs - reserved);
    }
    return least;
  }

  /** How long one more request has to wait, so that what was promised to others is kept. */
  waitMs({ balance, perMs }: Flow, events: number, nowMs: number): number {
    const blocking = this.#lastBlocked({ balance, perMs }, events, nowMs);
    let reserved = 0;
    let fromMs = 0;
    for (const [index, { events: others, dueAtMs }] of this.#upcoming.entries()) {
      const neededMs = (1 + reserved - balance) / perMs;
      if (index > blocking && neededMs <= dueAtMs - nowMs) return Math.max(fromMs, neededMs);
      reserved += others;
      fromMs = dueAtMs - nowMs;
    }
    return Math.max(fromMs, (1 + reserved - balance) / perMs, 0);
  }

  /** Index of the last for which there would be too little if `events` were taken before its time; -1 where there is none. */
  #lastBlocked({ balance, perMs }: Flow, events: number, nowMs: number): number {
    let blocked = -1;
    let reserved = 0;
    for (const [index, { events: others, dueAtMs }] of this.#upcoming.entries()) {
      reserved += others;
      if (balance + (dueAtMs - nowMs) * perMs - reserved < events) blocked = index;
    }
    return blocked;
  }
}
