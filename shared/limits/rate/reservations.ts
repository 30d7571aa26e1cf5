import { type Amounts, type Meter, type Metered, METERS, metered, NOTHING } from '../meters.ts';

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
  readonly amounts: Amounts;
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
}

/** A bucket as it is now, before what is reserved and not yet due. */
export interface Flow {
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
  #dueAmounts = NOTHING;

  get size(): number {
    return this.#upcoming.length + this.#due.length;
  }

  /** Whether anybody's time has come. */
  get hasDue(): boolean {
    return this.#due.length > 0;
  }

  /** Tokens that are set aside for those whose time has come. */
  get dueAmounts(): Amounts {
    return this.#dueAmounts;
  }

  /** Whether a request that is to wait for `waitMs` can be promised anything. */
  hasRoom(credentialId: string, waitMs: number, perMs: Amounts): boolean {
    if (this.size >= MAX_OF_TENANT) return false;
    const own = [...this.#upcoming, ...this.#due].filter(({ like }) => like.credentialId === credentialId);
    if (own.length >= MAX_OF_CREDENTIAL) return false;
    const ownMs = METERS.map((meter) => own.reduce((sum, { amounts }) => sum + amounts[meter], 0) / perMs[meter]);
    return Math.max(...ownMs) <= HORIZON_MS - waitMs;
  }

  /** @param waitSeconds what the request is told */
  add(like: Likeness, amounts: Amounts, waitSeconds: number, nowMs: number): void {
    const waitMs = waitSeconds * 1_000;
    const reservation = { like, amounts, dueAtMs: nowMs + waitMs, expiresAtMs: nowMs + 2 * waitMs + GRACE_MS };
    const after = this.#upcoming.findLastIndex(({ dueAtMs }) => dueAtMs <= reservation.dueAtMs);
    this.#upcoming.splice(after + 1, 0, reservation);
  }

  /** The next whose time has come; its tokens are to be set aside. Undefined where there is none. */
  nextDue(nowMs: number): Reservation | undefined {
    const [next] = this.#upcoming;
    if (next === undefined || next.dueAtMs > nowMs + EARLY_MS) return undefined;
    this.#upcoming.shift();
    this.#due.push(next);
    this.#dueAmounts = sumOf([{ amounts: this.#dueAmounts }, next]);
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
    this.#dueAmounts = sumOf(this.#due);
    return claimed;
  }

  /** Forgets those nobody came for. @returns the tokens that were set aside for them */
  expire(nowMs: number): Amounts {
    const expired = this.#due.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (expired.length === 0) return NOTHING;
    this.#due = this.#due.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    this.#dueAmounts = sumOf(this.#due);
    return sumOf(expired);
  }

  /** What may be taken now, so that each promise is still kept by what flows in until its time. May be negative. */
  available(meter: Meter, { balance, perMs }: Flow, nowMs: number): number {
    let least = balance;
    let reserved = 0;
    for (const { amounts, dueAtMs } of this.#upcoming) {
      reserved += amounts[meter];
      least = Math.min(least, balance + (dueAtMs - nowMs) * perMs - reserved);
    }
    return least;
  }

  /** How long one more request has to wait, so that what was promised to others is kept. */
  waitMs(flows: Metered<Flow>, amounts: Amounts, nowMs: number): number {
    // A time that suits one bucket may come too soon for the other, and a later one may not suit the first.
    for (let waitMs = 0; ;) {
      const later = Math.max(
        ...METERS.map((meter) => this.#waitFor(meter, flows[meter], amounts[meter], nowMs, waitMs)),
      );
      if (later <= waitMs) return waitMs;
      waitMs = later;
    }
  }

  /** At least `atLeastMs`. */
  #waitFor(meter: Meter, { balance, perMs }: Flow, wanted: number, nowMs: number, atLeastMs: number): number {
    const blocking = this.#lastBlocked(meter, { balance, perMs }, wanted, nowMs);
    let reserved = 0;
    let fromMs = atLeastMs;
    for (const [index, { amounts, dueAtMs }] of this.#upcoming.entries()) {
      const neededMs = Math.max(fromMs, (1 + reserved - balance) / perMs);
      if (index > blocking && neededMs <= dueAtMs - nowMs) return neededMs;
      reserved += amounts[meter];
      fromMs = Math.max(fromMs, dueAtMs - nowMs);
    }
    return Math.max(fromMs, (1 + reserved - balance) / perMs);
  }

  /** Index of the last for which there would be too little if so much were taken before its time; -1 where there is none. */
  #lastBlocked(meter: Meter, { balance, perMs }: Flow, wanted: number, nowMs: number): number {
    let blocked = -1;
    let reserved = 0;
    for (const [index, { amounts, dueAtMs }] of this.#upcoming.entries()) {
      reserved += amounts[meter];
      if (balance + (dueAtMs - nowMs) * perMs - reserved < wanted) blocked = index;
    }
    return blocked;
  }
}

function sumOf(all: readonly Pick<Reservation, 'amounts'>[]): Amounts {
  return metered((meter) => all.reduce((sum, { amounts }) => sum + amounts[meter], 0));
}
