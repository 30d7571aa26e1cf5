import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';
import type { Likeness } from './reservations.ts';

const A: Likeness = { credentialId: 'k1', declaredBytes: 1_000, idempotencyKey: undefined };

/** One request, whole: what it is refused with, or 0. */
function send(limiter: RateLimiter, request: Likeness, events: number, nowMs: number): number {
  const entered = limiter.enter(request, nowMs);
  if (!entered.ok) return entered.retryAfterSeconds;
  const charged = limiter.charge(request, entered.reservation, events, nowMs);
  return charged.ok ? 0 : charged.retryAfterSeconds;
}

test('a request of any size passes while something is left, and what it overdraws is waited for', () => {
  const limiter = new RateLimiter(1_000, 2_500, 0);
  expect(send(limiter, A, 2_400, 0)).toBe(0);
  expect(send(limiter, A, 2_500, 0)).toBe(0);
  expect(limiter.available(0)).toBe(0);
  expect(send(limiter, A, 1, 0)).toBe(3);
});

test('requests that are refused at the same time are told to come one after another', () => {
  const limiter = new RateLimiter(100, 100, 0);
  const request = { ...A, declaredBytes: 40_000 };
  expect(send(limiter, request, 100, 0)).toBe(0);
  expect(Array.from({ length: 5 }, () => send(limiter, request, 100, 0))).toEqual([1, 2, 3, 4, 5]);
});

test('who comes back in time passes, whoever came in between', () => {
  const limiter = new RateLimiter(100, 100, 0);
  expect(send(limiter, A, 100, 0)).toBe(0);
  const seconds = send(limiter, A, 50, 0);
  expect(seconds).toBe(1);
  for (let ms = 0; ms < 1_000; ms += 10) send(limiter, { ...A, credentialId: 'k2' }, 50, ms);
  expect(send(limiter, A, 50, 1_000)).toBe(0);
});

test('a request without events gives its reservation back', () => {
  const limiter = new RateLimiter(100, 100, 0);
  send(limiter, A, 100, 0);
  send(limiter, A, 100, 0);
  const back = limiter.enter(A, 1_000);
  expect(back).toMatchObject({ ok: true, reservation: expect.anything() });
  const before = limiter.balance(1_000);
  if (back.ok && back.reservation !== undefined) limiter.giveUp(back.reservation, 1_000);
  expect(limiter.balance(1_000)).toBeGreaterThan(before);
});

test('a lower rate delays who is refused from now on, not who was promised', () => {
  const limiter = new RateLimiter(1_000, 1_000, 0);
  send(limiter, A, 1_000, 0);
  expect(send(limiter, A, 500, 0)).toBe(1);
  limiter.relet(10, 10, -100, 0);
  expect(send(limiter, A, 500, 1_000)).toBe(0);
});

/** A client that waits as it is told, and a little longer, and then sends the same again. */
interface Client {
  readonly credentialId: string;
  /** Of its own where it is to be told from others that look the same. */
  key: string | undefined;
  atMs: number;
  events: number;
  /** It was refused, and this is its second attempt. */
  waited: boolean;
}

interface Outcome {
  readonly admitted: number;
  readonly refusedTwice: number;
  readonly refused: number;
}

/** Clients that send one request after another, as fast as they are let, for so long. */
function simulate(
  limiter: RateLimiter,
  clients: Client[],
  { seconds, sizes, latenessMs }: { seconds: number; sizes: () => number; latenessMs: () => number },
): Outcome {
  let admitted = 0;
  let refused = 0;
  let refusedTwice = 0;
  const endMs = seconds * 1_000;
  for (;;) {
    const client = clients.reduce((first, each) => (each.atMs < first.atMs ? each : first));
    if (client.atMs > endMs) return { admitted, refused, refusedTwice };
    const request = {
      credentialId: client.credentialId,
      declaredBytes: client.events * 400,
      idempotencyKey: client.key,
    };
    const retryAfterSeconds = send(limiter, request, client.events, client.atMs);
    if (retryAfterSeconds === 0) {
      admitted += client.events;
      client.events = sizes();
      client.waited = false;
      client.atMs += 5;
    } else {
      refused++;
      if (client.waited) refusedTwice++;
      client.waited = true;
      client.atMs += retryAfterSeconds * 1_000 + latenessMs();
    }
  }
}

const RATE = 1_000;
const CAPACITY = 5_000;
const SECONDS = 120;

/** @see https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomsFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('clients that obey are never refused twice, and together get the limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 2_500 }),
      fc.nat(),
      (count, credentials, maxEvents, seed) => {
        const random = randomsFrom(seed);
        // As many as wait for less than a minute together: beyond it nothing is promised.
        const fitting = Math.min(count, Math.max(1, Math.floor((50 * RATE) / maxEvents)));
        const sizes = (): number => 1 + Math.floor(random() * maxEvents);
        const clients = Array.from({ length: fitting }, (_, index) => ({
          credentialId: `k${index % credentials}`,
          key: String(index),
          atMs: random() * 100,
          events: sizes(),
          waited: false,
        }));
        const limiter = new RateLimiter(RATE, CAPACITY, 0);
        const outcome = simulate(limiter, clients, { seconds: SECONDS, sizes, latenessMs: () => random() * 200 });
        expect(outcome.refusedTwice).toBe(0);
        expect(outcome.admitted).toBeLessThanOrEqual(RATE * SECONDS + CAPACITY + 2_500 * (fitting + 1));
        if (outcome.refused > 0) expect(outcome.admitted).toBeGreaterThan(RATE * SECONDS * 0.95);
      },
    ),
    { numRuns: 300 },
  );
});

test('of clients that look the same, as many are let through as were promised, and together they get the limit', () => {
  const random = randomsFrom(1);
  const clients = Array.from({ length: 20 }, () => ({
    credentialId: 'k1',
    key: undefined,
    atMs: 0,
    events: 100,
    waited: false,
  }));
  const limiter = new RateLimiter(RATE, CAPACITY, 0);
  const latenessMs = (): number => random() * 200;
  const { admitted } = simulate(limiter, clients, { seconds: SECONDS, sizes: () => 100, latenessMs });
  expect(admitted).toBeGreaterThan(RATE * SECONDS * 0.95);
  expect(admitted).toBeLessThan(RATE * SECONDS + CAPACITY + 2_500);
});

test.each([10, 100, 1_000])(
  'who ignores Retry-After gets the limit, and delays others by a bounded time: %i events',
  (size) => {
    const limiter = new RateLimiter(RATE, CAPACITY, 0);
    let admitted = 0;
    let longestWait = 0;
    const other: Client = { credentialId: 'other', key: undefined, atMs: 10_000, events: 50, waited: false };
    let refusedTwice = 0;
    for (let ms = 0; ms < SECONDS * 1_000; ms += size / 10) {
      if (send(limiter, { ...A, credentialId: 'flooder' }, size, ms) === 0) admitted += size;
      if (ms < other.atMs) continue;
      const seconds = send(limiter, { ...A, credentialId: 'other' }, other.events, ms);
      if (seconds > 0 && other.waited) refusedTwice++;
      if (seconds === 0) admitted += other.events;
      longestWait = Math.max(longestWait, seconds);
      other.waited = seconds > 0;
      other.atMs = ms + Math.max(100, seconds * 1_000);
    }
    expect(admitted).toBeGreaterThan(RATE * SECONDS * 0.98);
    expect(admitted).toBeLessThan(RATE * SECONDS * 1.02 + CAPACITY);
    expect(refusedTwice).toBe(0);
    expect(longestWait).toBeLessThanOrEqual(Math.min(60, (64 * size) / RATE) + 10);
  },
);

test('those who never come back cost no more than what was set aside for them, for a while', () => {
  const limiter = new RateLimiter(RATE, CAPACITY, 0);
  send(limiter, A, CAPACITY, 0);
  for (let index = 0; index < 64; index++) send(limiter, A, 100, 0);
  expect(limiter.available(1_000)).toBe(0);
  expect(limiter.available(120_000)).toBe(CAPACITY);
});
