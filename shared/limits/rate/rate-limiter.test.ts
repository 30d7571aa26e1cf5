import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimiter, type Share } from './rate-limiter.ts';
import type { Likeness } from './reservations.ts';

const A: Likeness = { credentialId: 'k1', declaredBytes: 1_000, idempotencyKey: undefined };

/** As much of bytes as nobody here sends, unless a test says so. */
const MANY: Share = { perSecond: 1e9, capacity: 1e9, balance: 1e9 };

function limiterOf(perSecond: number, capacity: number, bytes: Share = MANY): RateLimiter {
  return new RateLimiter({ events: { perSecond, capacity, balance: capacity }, bytes }, 0);
}

/** One request, whole: what it is refused with, or 0. */
function send(limiter: RateLimiter, request: Likeness, events: number, nowMs: number, bytes = 0): number {
  const entered = limiter.enter(request, nowMs);
  if (!entered.ok) return entered.retryAfterSeconds;
  const charged = limiter.charge(request, entered.reservation, { events, bytes }, nowMs);
  return charged.ok ? 0 : charged.retryAfterSeconds;
}

test('a request of any size passes while something is left, and what it overdraws is waited for', () => {
  const limiter = limiterOf(1_000, 2_500);
  expect(send(limiter, A, 2_400, 0)).toBe(0);
  expect(send(limiter, A, 2_500, 0)).toBe(0);
  expect(limiter.available('events', 0)).toBe(0);
  expect(send(limiter, A, 1, 0)).toBe(3);
});

test('requests that are refused at the same time are told to come one after another', () => {
  const limiter = limiterOf(100, 100);
  const request = { ...A, declaredBytes: 40_000 };
  expect(send(limiter, request, 100, 0)).toBe(0);
  expect(Array.from({ length: 5 }, () => send(limiter, request, 100, 0))).toEqual([1, 2, 3, 4, 5]);
});

test('who comes back in time passes, whoever came in between', () => {
  const limiter = limiterOf(100, 100);
  expect(send(limiter, A, 100, 0)).toBe(0);
  const seconds = send(limiter, A, 50, 0);
  expect(seconds).toBe(1);
  for (let ms = 0; ms < 1_000; ms += 10) send(limiter, { ...A, credentialId: 'k2' }, 50, ms);
  expect(send(limiter, A, 50, 1_000)).toBe(0);
});

test('a request without events gives its reservation back', () => {
  const limiter = limiterOf(100, 100);
  send(limiter, A, 100, 0);
  send(limiter, A, 100, 0);
  const back = limiter.enter(A, 1_000);
  expect(back).toMatchObject({ ok: true, reservation: expect.anything() });
  const before = limiter.balance('events', 1_000);
  if (back.ok && back.reservation !== undefined) limiter.giveUp(back.reservation, 1_000);
  expect(limiter.balance('events', 1_000)).toBeGreaterThan(before);
});

test('bytes are limited as events are, and told by name', () => {
  const limiter = limiterOf(1_000, 2_500, { perSecond: 1_000, capacity: 10_000, balance: 10_000 });
  expect(send(limiter, A, 1, 0, 12_000)).toBe(0);
  expect(limiter.enter(A, 0)).toEqual({ ok: false, retryAfterSeconds: 3, violated: ['bytes'] });
  expect([limiter.available('events', 0), limiter.available('bytes', 0)]).toEqual([2_499, 0]);
  expect(send(limiter, A, 1, 3_000, 1_000)).toBe(0);
  expect(send(limiter, A, 3_000, 5_000, 12_000)).toBe(0);
  expect(limiter.enter(A, 5_000)).toMatchObject({ ok: false, violated: ['events', 'bytes'] });
});

test('and no fewer bytes than came of it, however few it declared', () => {
  const charged = limiterOf(RATE, CAPACITY).chargeUnread({ ...A, declaredBytes: 400 }, undefined, 9_000, 0);
  expect(charged).toEqual({ events: 1, bytes: 9_000 });
});

test('a body that cannot be read costs what it seemed to have', () => {
  const limiter = limiterOf(1_000, 2_500, { perSecond: 1_000, capacity: 10_000, balance: 10_000 });
  expect(limiter.chargeUnread({ ...A, declaredBytes: 4_000 }, undefined, 0, 0)).toEqual({ events: 10, bytes: 4_000 });
  expect([limiter.available('events', 0), limiter.available('bytes', 0)]).toEqual([2_490, 6_000]);
});

test('a lower rate delays who is refused from now on, not who was promised', () => {
  const limiter = limiterOf(1_000, 1_000);
  send(limiter, A, 1_000, 0);
  expect(send(limiter, A, 500, 0)).toBe(1);
  limiter.relet({ events: { perSecond: 10, capacity: 10, balance: -100 }, bytes: MANY }, 0);
  expect(send(limiter, A, 500, 1_000)).toBe(0);
});

/** A client that waits as it is told, and a little longer, and then sends the same again. */
interface Client {
  readonly credentialId: string;
  /** Of its own where it is to be told from others that look the same. */
  key: string | undefined;
  atMs: number;
  events: number;
  bytes: number;
  /** It was refused, and this is its second attempt. */
  waited: boolean;
}

interface Outcome {
  readonly admitted: number;
  readonly admittedBytes: number;
  readonly refusedTwice: number;
  readonly refused: number;
}

/** Clients that send one request after another, as fast as they are let, for so long. */
function simulate(
  limiter: RateLimiter,
  clients: Client[],
  {
    seconds,
    sizes,
    latenessMs,
  }: { seconds: number; sizes: () => Pick<Client, 'events' | 'bytes'>; latenessMs: () => number },
): Outcome {
  let admitted = 0;
  let admittedBytes = 0;
  let refused = 0;
  let refusedTwice = 0;
  const endMs = seconds * 1_000;
  for (;;) {
    const client = clients.reduce((first, each) => (each.atMs < first.atMs ? each : first));
    if (client.atMs > endMs) return { admitted, admittedBytes, refused, refusedTwice };
    const request = {
      credentialId: client.credentialId,
      declaredBytes: client.bytes,
      idempotencyKey: client.key,
    };
    const retryAfterSeconds = send(limiter, request, client.events, client.atMs, client.bytes);
    if (retryAfterSeconds === 0) {
      admitted += client.events;
      admittedBytes += client.bytes;
      Object.assign(client, sizes());
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
        const sizes = () => {
          const events = 1 + Math.floor(random() * maxEvents);
          return { events, bytes: events * 400 };
        };
        const clients = Array.from({ length: fitting }, (_, index) => ({
          credentialId: `k${index % credentials}`,
          key: String(index),
          atMs: random() * 100,
          ...sizes(),
          waited: false,
        }));
        const limiter = limiterOf(RATE, CAPACITY);
        const outcome = simulate(limiter, clients, { seconds: SECONDS, sizes, latenessMs: () => random() * 200 });
        expect(outcome.refusedTwice).toBe(0);
        expect(outcome.admitted).toBeLessThanOrEqual(RATE * SECONDS + CAPACITY + 2_500 * (fitting + 1));
        if (outcome.refused > 0) expect(outcome.admitted).toBeGreaterThan(RATE * SECONDS * 0.95);
      },
    ),
    { numRuns: 80 },
  );
});

test('clients whose events and bytes differ are never refused twice, and none of the two exceeds its limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 100 }), fc.nat(), (count, large, seed) => {
      const random = randomsFrom(seed);
      const sizes = () => ({
        events: 1 + Math.floor(random() * (random() * 100 < large ? 10 : 2_000)),
        bytes: 100 + Math.floor(random() * (random() * 100 < large ? 2_000_000 : 10_000)),
      });
      const clients = Array.from({ length: count }, (_, index) => ({
        credentialId: `k${index % 3}`,
        key: String(index),
        atMs: random() * 100,
        ...sizes(),
        waited: false,
      }));
      const bytes = { perSecond: 1_000_000, capacity: 10_000_000, balance: 10_000_000 };
      const limiter = limiterOf(RATE, CAPACITY, bytes);
      const latenessMs = (): number => random() * 200;
      const outcome = simulate(limiter, clients, { seconds: SECONDS, sizes, latenessMs });
      expect(outcome.refusedTwice).toBe(0);
      expect(outcome.admitted).toBeLessThanOrEqual(RATE * SECONDS + CAPACITY + 2_000 * (count + 1));
      expect(outcome.admittedBytes).toBeLessThanOrEqual(
        bytes.perSecond * SECONDS + bytes.capacity + 2_000_000 * (count + 1),
      );
      if (outcome.refused === 0) return;
      // Whoever waits, waits for one of the two.
      const used = (outcome.admitted / RATE + outcome.admittedBytes / bytes.perSecond) / SECONDS;
      expect(used).toBeGreaterThan(0.95);
    }),
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
    bytes: 40_000,
    waited: false,
  }));
  const limiter = limiterOf(RATE, CAPACITY);
  const latenessMs = (): number => random() * 200;
  const { admitted } = simulate(limiter, clients, {
    seconds: SECONDS,
    sizes: () => ({ events: 100, bytes: 40_000 }),
    latenessMs,
  });
  expect(admitted).toBeGreaterThan(RATE * SECONDS * 0.95);
  expect(admitted).toBeLessThan(RATE * SECONDS + CAPACITY + 2_500);
});

test.each([10, 100, 1_000])(
  'who ignores Retry-After gets the limit, and delays others by a bounded time: %i events',
  (size) => {
    const limiter = limiterOf(RATE, CAPACITY);
    let admitted = 0;
    let longestWait = 0;
    const other: Client = { credentialId: 'other', key: undefined, atMs: 10_000, events: 50, bytes: 0, waited: false };
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
  const limiter = limiterOf(RATE, CAPACITY);
  send(limiter, A, CAPACITY, 0);
  for (let index = 0; index < 64; index++) send(limiter, A, 100, 0);
  expect(limiter.available('events', 1_000)).toBe(0);
  expect(limiter.available('events', 120_000)).toBe(CAPACITY);
});
