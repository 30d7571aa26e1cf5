import { type Likeness, type Reservation, Reservations } from './reservations.ts';
import { TokenBucket } from './token-bucket.ts';

/** `reservation`: the request had waited as it was told. `retryAfterSeconds`: it is refused. */
export type Verdict =
  | { readonly ok: true; readonly reservation?: Reservation | undefined }
  | { readonly ok: false; readonly retryAfterSeconds: number };

const PASS: Verdict = { ok: true };

/** A request's events are guessed from its bytes before it is read. */
const FIRST_GUESS = { events: 10, eventsPerByte: 1 / 400 };
const LEARNING_RATE = 0.1;
const MAX_EVENTS = 2_500;

/**
 * Limits one tenant's events on one instance, and never refuses the same request twice if it comes back when it was told.
 *
 * Events are paid for afterwards: while anything is in the bucket a request of any size is let through, and what it overdraws
 * has to flow in before the next one. So at most `rate · T + capacity` events pass in a time `T`, one request's more, and what
 * was set aside before.
 *
 * A refused request gets a reservation. `Retry-After` is when its tokens will have flowed in, after those of all that were
 * refused before it, rounded up to whole seconds; from then on they are set aside, and it is let through whatever the bucket
 * holds. Until then others may use what is not needed to keep the promise. A request is refused before its body is read with its size guessed; it pays what it
 * really has. Where more is refused than {@link Reservations} holds, `Retry-After` says when all that is reserved will be
 * through, and promises nothing. Somebody who ignores it gets the same throughput, the rate: what it leaves unclaimed goes
 * back, and its backlog is bounded by the reservations.
 */
export class RateLimiter {
  readonly #bucket: TokenBucket;
  readonly #reservations = new Reservations();
  #typicalEvents = FIRST_GUESS.events;
  #eventsPerByte = FIRST_GUESS.eventsPerByte;
  /** Events of the requests that came, whatever became of them. */
  #offered = 0;

  /** @param perSecond events, more than 0 */
  constructor(perSecond: number, capacity: number, nowMs: number, balance: number = capacity) {
    this.#bucket = new TokenBucket(perSecond / 1_000, capacity, nowMs, balance);
  }

  /** Before the body is read. Whoever is let through says {@link charge} or {@link giveUp} afterwards. */
  enter(request: Likeness, nowMs: number): Verdict {
    this.#advance(nowMs);
    if (this.#reservations.dueEvents > 0) {
      const reservation = this.#reservations.claim(request);
      if (reservation !== undefined) return { ok: true, reservation };
    }
    if (this.#slack(nowMs) > 0) return PASS;
    return this.#refuse(request, this.#guess(request.declaredBytes), nowMs);
  }

  /** Takes the tokens of a request that was let in, now that its events are counted. */
  charge(request: Likeness, reservation: Reservation | undefined, events: number, nowMs: number): Verdict {
    this.#advance(nowMs);
    this.#learn(request.declaredBytes, events);
    if (reservation === undefined && this.#slack(nowMs) <= 0) return this.#refuse(request, events, nowMs);
    this.#offered += events;
    this.#bucket.take(events - (reservation?.events ?? 0), nowMs);
    return PASS;
  }

  /** The request that claimed `reservation` turned out to have no events. */
  giveUp(reservation: Reservation, nowMs: number): void {
    this.#bucket.take(-reservation.events, nowMs);
  }

  /** Events that may be sent now; none while something is owed, or reserved. */
  available(nowMs: number): number {
    this.#advance(nowMs);
    return Math.max(0, Math.floor(this.#slack(nowMs)));
  }

  /** What is in the bucket, with what is set aside. */
  balance(nowMs: number): number {
    this.#advance(nowMs);
    return this.#bucket.balance(nowMs) + this.#reservations.dueEvents;
  }

  /**
   * From now on this rate and capacity, with `balance` tokens before those that are reserved. What was promised is kept: a
   * lower rate delays only who is refused from now on.
   */
  relet(perSecond: number, capacity: number, balance: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#bucket.reset(perSecond / 1_000, capacity, balance - this.#reservations.dueEvents, nowMs);
  }

  /** Tokens for which there was no room, since it was asked for last. */
  takeOverflow(nowMs: number): number {
    this.#advance(nowMs);
    return this.#bucket.takeOverflow(nowMs);
  }

  /** Events that came since {@link startCounting}, refused ones included. */
  get offered(): number {
    return this.#offered;
  }

  startCounting(): void {
    this.#offered = 0;
  }

  #refuse(request: Likeness, events: number, nowMs: number): Verdict {
    this.#offered += events;
    const { perMs } = this.#bucket;
    const waitMs = this.#reservations.waitMs({ balance: this.#bucket.balance(nowMs), perMs }, events, nowMs);
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    if (this.#reservations.hasRoom(request.credentialId, waitMs, perMs)) {
      this.#reservations.add(request, events, retryAfterSeconds, nowMs);
    }
    return { ok: false, retryAfterSeconds };
  }

  #slack(nowMs: number): number {
    const balance = this.#bucket.balance(nowMs);
    if (this.#reservations.size === 0 || balance <= 0) return balance;
    return this.#reservations.available({ balance, perMs: this.#bucket.perMs }, nowMs);
  }

  /** Sets aside the tokens of those whose time has come, and gives back those nobody came for. */
  #advance(nowMs: number): void {
    if (this.#reservations.size === 0) return;
    for (;;) {
      const due = this.#reservations.nextDue(nowMs);
      if (due === undefined) break;
      this.#bucket.take(due.events, Math.min(due.dueAtMs, nowMs));
    }
    const unclaimed = this.#reservations.expire(nowMs);
    if (unclaimed > 0) this.#bucket.take(-unclaimed, nowMs);
  }

  #guess(declaredBytes: number | undefined): number {
    const events = declaredBytes === undefined ? this.#typicalEvents : declaredBytes * this.#eventsPerByte;
    return Math.min(MAX_EVENTS, Math.max(1, Math.round(events)));
  }

  #learn(declaredBytes: number | undefined, events: number): void {
    this.#typicalEvents += (events - this.#typicalEvents) * LEARNING_RATE;
    if (declaredBytes === undefined || declaredBytes <= 0) return;
    this.#eventsPerByte += (events / declaredBytes - this.#eventsPerByte) * LEARNING_RATE;
  }
}
