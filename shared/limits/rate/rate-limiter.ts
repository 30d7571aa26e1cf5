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
 * has to flow in before the next one. So at most `rate · T + capacity` events pass in a time `T`, and one request's more.
 *
 * A refused request gets a reservation: its tokens are taken out of the bucket at once, so that the next to be refused is told
 * to come later, and `Retry-After` is when they will have flowed in, rounded up to whole seconds. From then on it is let
 * through whatever the bucket holds. A request is refused before its body is read with its size guessed; it pays what it
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
  constructor(perSecond: number, capacity: number, nowMs: number) {
    this.#bucket = new TokenBucket(perSecond / 1_000, capacity, nowMs);
  }

  /** Before the body is read. Whoever is let through says {@link charge} or {@link giveUp} afterwards. */
  enter(request: Likeness, nowMs: number): Verdict {
    this.#expire(nowMs);
    if (this.#reservations.size > 0) {
      const reservation = this.#reservations.claim(request, nowMs);
      if (reservation !== undefined) return { ok: true, reservation };
    }
    if (this.#bucket.balance(nowMs) > 0) return PASS;
    return this.#refuse(request, this.#guess(request.declaredBytes), nowMs);
  }

  /** Takes the tokens of a request that was let in, now that its events are counted. */
  charge(request: Likeness, reservation: Reservation | undefined, events: number, nowMs: number): Verdict {
    this.#learn(request.declaredBytes, events);
    if (reservation === undefined && this.#bucket.balance(nowMs) <= 0) return this.#refuse(request, events, nowMs);
    this.#offered += events;
    this.#bucket.take(events - (reservation?.events ?? 0), nowMs);
    return PASS;
  }

  /** The request that claimed `reservation` turned out to have no events. */
  giveUp(reservation: Reservation, nowMs: number): void {
    this.#bucket.take(-reservation.events, nowMs);
  }

  /** What is in the bucket, with what is set aside. */
  balance(nowMs: number): number {
    return this.#bucket.balance(nowMs) + this.#reservations.events;
  }

  /** Events that may be sent now; none while something is owed. */
  available(nowMs: number): number {
    this.#expire(nowMs);
    return Math.max(0, Math.floor(this.#bucket.balance(nowMs)));
  }

  /**
   * From now on this rate and capacity, with `balance` tokens before those that are reserved. What was promised is kept: a
   * lower rate delays only who is refused from now on.
   */
  relet(perSecond: number, capacity: number, balance: number, nowMs: number): void {
    this.#expire(nowMs);
    this.#bucket.reset(perSecond / 1_000, capacity, balance - this.#reservations.events, nowMs);
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
    const waitMs = this.#bucket.msUntilPositive(nowMs);
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    if (this.#reservations.hasRoom(request.credentialId, waitMs, this.#bucket.perMs)) {
      this.#reservations.add(request, events, retryAfterSeconds, nowMs);
      this.#bucket.take(events, nowMs);
    }
    return { ok: false, retryAfterSeconds };
  }

  #expire(nowMs: number): void {
    const events = this.#reservations.expire(nowMs);
    if (events > 0) this.#bucket.take(-events, nowMs);
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
