import { type Amounts, type Meter, type Metered, METERS, metered, NOTHING } from '../meters.ts';
import { MAX_REQUEST } from '../plans.ts';
import { type Likeness, type Reservation, Reservations } from './reservations.ts';
import { TokenBucket } from './token-bucket.ts';

/** `reservation`: the request had waited as it was told. `retryAfterSeconds`: it is refused, for the meters `violated`. */
export type Verdict =
  | { readonly ok: true; readonly reservation?: Reservation | undefined }
  | { readonly ok: false; readonly retryAfterSeconds: number; readonly violated: readonly Meter[] };

/** Part of a tenant's limit that an instance may let through. */
export interface Share {
  /** More than 0. */
  readonly perSecond: number;
  readonly capacity: number;
  readonly balance: number;
}

const PASS: Verdict = { ok: true };

/** A request's events, and its bytes after decompression, are guessed from its declared bytes before it is read. */
const FIRST_GUESS: Amounts = { events: 10, bytes: 4_000 };
/** Small, so that the first that are seen count for more. */
const FIRST_GUESS_OF_DECLARED = { declaredBytes: 400, events: 1, bytes: 400 };
const LEARNING_RATE = 0.1;

/**
 * Limits one tenant's events and their bytes on one instance, and never refuses the same request twice if it comes back when
 * it was told.
 *
 * They are paid for afterwards: while anything is in both buckets a request of any size is let through, and what it overdraws
 * has to flow in before the next one. So at most `rate · T + capacity` pass in a time `T`, one request's more, and what
 * was set aside before.
 *
 * A refused request gets a reservation. `Retry-After` is when its tokens will have flowed in, after those of all that were
 * refused before it, rounded up to whole seconds; from then on they are set aside, and it is let through whatever the buckets
 * hold. Until then others may use what is not needed to keep the promise. A request is refused before its body is read with its size guessed; it pays what it
 * really has. Where more is refused than {@link Reservations} holds, `Retry-After` says when all that is reserved will be
 * through, and promises nothing. Somebody who ignores it gets the same throughput, the rate: what it leaves unclaimed goes
 * back, and its backlog is bounded by the reservations.
 */
export class RateLimiter {
  readonly #buckets: Metered<TokenBucket>;
  readonly #reservations = new Reservations();
  #typical = FIRST_GUESS;
  /** Of the requests that declared their bytes. */
  #typicalDeclared = FIRST_GUESS_OF_DECLARED;
  /** Of the requests that came, whatever became of them. */
  readonly #offered = { events: 0, bytes: 0 };

  constructor(shares: Metered<Share>, nowMs: number) {
    this.#buckets = metered((meter) => {
      const { perSecond, capacity, balance } = shares[meter];
      return new TokenBucket(perSecond / 1_000, capacity, nowMs, balance);
    });
  }

  /** Before the body is read. Whoever is let through says {@link charge}, {@link chargeUnread} or {@link giveUp} afterwards. */
  enter(request: Likeness, nowMs: number): Verdict {
    this.#advance(nowMs);
    if (this.#reservations.hasDue) {
      const reservation = this.#reservations.claim(request);
      if (reservation !== undefined) return { ok: true, reservation };
    }
    if (this.#hasSlack(nowMs)) return PASS;
    return this.#refuse(request, this.#guess(request.declaredBytes), nowMs);
  }

  /** Takes the tokens of a request that was let in, now that its body is read. */
  charge(request: Likeness, reservation: Reservation | undefined, amounts: Amounts, nowMs: number): Verdict {
    this.#advance(nowMs);
    this.#learn(request.declaredBytes, amounts);
    if (reservation === undefined && !this.#hasSlack(nowMs)) return this.#refuse(request, amounts, nowMs);
    this.#take(amounts, reservation, nowMs);
    return PASS;
  }

  /**
   * Takes what a request that was let in seemed to have, whose body cannot be read, and no fewer bytes than came.
   *
   * @returns how much that is
   */
  chargeUnread(request: Likeness, reservation: Reservation | undefined, receivedBytes: number, nowMs: number): Amounts {
    this.#advance(nowMs);
    const guessed = this.#guess(request.declaredBytes);
    const amounts = { ...guessed, bytes: Math.max(guessed.bytes, receivedBytes) };
    this.#take(amounts, reservation, nowMs);
    return amounts;
  }

  /** The request that claimed `reservation` turned out to have nothing to be charged. */
  giveUp({ amounts }: Reservation, nowMs: number): void {
    for (const meter of METERS) this.#buckets[meter].take(-amounts[meter], nowMs);
  }

  /** What may be sent now; nothing while something is owed, or reserved. */
  available(meter: Meter, nowMs: number): number {
    this.#advance(nowMs);
    return Math.max(0, Math.floor(this.#slack(meter, nowMs)));
  }

  /** What is in the bucket, with what is set aside. */
  balance(meter: Meter, nowMs: number): number {
    this.#advance(nowMs);
    return this.#buckets[meter].balance(nowMs) + this.#reservations.dueAmounts[meter];
  }

  /**
   * From now on these shares, whose balance is before what is reserved. What was promised is kept: a lower rate delays only
   * who is refused from now on.
   */
  relet(shares: Metered<Share>, nowMs: number): void {
    this.#advance(nowMs);
    for (const meter of METERS) {
      const { perSecond, capacity, balance } = shares[meter];
      const free = balance - this.#reservations.dueAmounts[meter];
      this.#buckets[meter].reset(perSecond / 1_000, capacity, free, nowMs);
    }
  }

  /** Tokens for which there was no room, since it was asked for last. */
  takeOverflow(meter: Meter, nowMs: number): number {
    this.#advance(nowMs);
    return this.#buckets[meter].takeOverflow(nowMs);
  }

  /** What came since {@link startCounting}, with what was refused. */
  get offered(): Amounts {
    return this.#offered;
  }

  startCounting(): void {
    Object.assign(this.#offered, NOTHING);
  }

  #take(amounts: Amounts, reservation: Reservation | undefined, nowMs: number): void {
    for (const meter of METERS) {
      this.#offered[meter] += amounts[meter];
      this.#buckets[meter].take(amounts[meter] - (reservation?.amounts[meter] ?? 0), nowMs);
    }
  }

  #refuse(request: Likeness, amounts: Amounts, nowMs: number): Verdict {
    const violated = METERS.filter((meter) => this.#slack(meter, nowMs) <= 0);
    for (const meter of METERS) this.#offered[meter] += amounts[meter];
    const flows = metered((meter) => this.#flow(meter, nowMs));
    const waitMs = this.#reservations.waitMs(flows, amounts, nowMs);
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    const perMs = metered((meter) => flows[meter].perMs);
    if (this.#reservations.hasRoom(request.credentialId, waitMs, perMs)) {
      this.#reservations.add(request, amounts, retryAfterSeconds, nowMs);
    }
    return { ok: false, retryAfterSeconds, violated };
  }

  #hasSlack(nowMs: number): boolean {
    return this.#slack('events', nowMs) > 0 && this.#slack('bytes', nowMs) > 0;
  }

  #slack(meter: Meter, nowMs: number): number {
    const balance = this.#buckets[meter].balance(nowMs);
    if (this.#reservations.size === 0 || balance <= 0) return balance;
    return this.#reservations.available(meter, this.#flow(meter, nowMs), nowMs);
  }

  #flow(meter: Meter, nowMs: number): { readonly balance: number; readonly perMs: number } {
    const bucket = this.#buckets[meter];
    return { balance: bucket.balance(nowMs), perMs: bucket.perMs };
  }

  /** Sets aside the tokens of those whose time has come, and gives back those nobody came for. */
  #advance(nowMs: number): void {
    if (this.#reservations.size === 0) return;
    for (;;) {
      const due = this.#reservations.nextDue(nowMs);
      if (due === undefined) break;
      for (const meter of METERS) this.#buckets[meter].take(due.amounts[meter], Math.min(due.dueAtMs, nowMs));
    }
    const unclaimed = this.#reservations.expire(nowMs);
    if (unclaimed === NOTHING) return;
    for (const meter of METERS) this.#buckets[meter].take(-unclaimed[meter], nowMs);
  }

  #guess(declaredBytes: number | undefined): Amounts {
    return metered((meter) => {
      const typical = this.#typicalDeclared;
      const guess =
        declaredBytes === undefined ? this.#typical[meter] : declaredBytes * (typical[meter] / typical.declaredBytes);
      return Math.min(MAX_REQUEST[meter], Math.max(1, Math.round(guess)));
    });
  }

  #learn(declaredBytes: number | undefined, { events, bytes }: Amounts): void {
    const { events: typicalEvents, bytes: typicalBytes } = this.#typical;
    this.#typical = { events: nearer(typicalEvents, events), bytes: nearer(typicalBytes, bytes) };
    if (declaredBytes === undefined || declaredBytes <= 0) return;
    const typical = this.#typicalDeclared;
    this.#typicalDeclared = {
      declaredBytes: nearer(typical.declaredBytes, declaredBytes),
      events: nearer(typical.events, events),
      bytes: nearer(typical.bytes, bytes),
    };
  }
}

/** `mean` as it is after one more. */
function nearer(mean: number, latest: number): number {
  return mean + (latest - mean) * LEARNING_RATE;
}
