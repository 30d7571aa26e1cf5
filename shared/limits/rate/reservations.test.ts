import { expect, test } from 'vitest';
import { type Likeness, Reservations } from './reservations.ts';

function like(credentialId: string, declaredBytes: number | undefined, idempotencyKey?: string): Likeness {
  return { credentialId, declaredBytes, idempotencyKey };
}

test('is there from the time that was told, for the same request, once', () => {
  const reservations = new Reservations();
  reservations.add(like('k1', 500), 100, 3, 0);
  expect(reservations.nextDue(2_900)).toBeUndefined();
  expect(reservations.claim(like('k1', 500))).toBeUndefined();
  expect(reservations.nextDue(3_000)).toMatchObject({ events: 100 });
  expect(reservations.dueEvents).toBe(100);
  for (const other of [like('k2', 500), like('k1', 501), like('k1', undefined), like('k1', 500, 'x')]) {
    expect(reservations.claim(other)).toBeUndefined();
  }
  expect(reservations.claim(like('k1', 500))).toMatchObject({ events: 100 });
  expect(reservations.claim(like('k1', 500))).toBeUndefined();
  expect([reservations.dueEvents, reservations.size]).toEqual([0, 0]);
});

test('one that nobody comes for goes back after as long as the wait was, and five seconds', () => {
  const reservations = new Reservations();
  reservations.add(like('k1', 500), 100, 2, 0);
  reservations.nextDue(2_000);
  expect(reservations.expire(8_999)).toBe(0);
  expect(reservations.expire(9_000)).toBe(100);
  expect(reservations.claim(like('k1', 500))).toBeUndefined();
  expect([reservations.dueEvents, reservations.size]).toEqual([0, 0]);
});

test('there is room for 64 of a credential, and 256 in all', () => {
  const reservations = new Reservations();
  for (let index = 0; index < 256; index++) {
    const credential = `k${Math.floor(index / 64)}`;
    expect(reservations.hasRoom(credential, 0, 1)).toBe(true);
    reservations.add(like(credential, 1), 1, 1, 0);
    expect(reservations.hasRoom(credential, 0, 1)).toBe((index + 1) % 64 > 0);
  }
  expect(reservations.hasRoom('k4', 0, 1)).toBe(false);
});

test.each([
  ['k1', 60_000, true],
  ['k1', 61_000, false],
  ['k2', 61_000, true],
  ['k2', 121_000, false],
])('a credential leaves to others as much as it takes: %s with %i ms before it', (credential, waitMs, expected) => {
  const reservations = new Reservations();
  reservations.add(like('k1', 1), 60_000, 60, 0);
  expect(reservations.hasRoom(credential, waitMs, 1)).toBe(expected);
});

/** Promised: 1,000 tokens after 2 s, and 500 after 5 s. One flows in each millisecond. */
test.each([
  ['nothing is needed for the promises', 0, 0],
  ['a part', 1_000, 1_000],
  ['all but what does not flow in by itself', -1_500, -1_500],
])('what may be taken now: %s', (_name, balance, expected) => {
  const reservations = new Reservations();
  reservations.add(like('k1', 1), 500, 5, 0);
  reservations.add(like('k1', 1), 1_000, 2, 0);
  expect(reservations.available({ balance, perMs: 1 }, 0)).toBe(expected);
});

test.each([
  [1, 500, 0, 'there is enough'],
  [0, 100, 1, 'it flows in before the first promise, and leaves enough for it'],
  [-900, 100, 901, 'it flows in before the first promise'],
  [-900, 200, 2_000, 'it would take from the first promise, and goes after it'],
  [-3_000, 3_000, 5_000, 'it would take from both'],
  [-9_000, 100, 10_501, 'after all that is owed and promised'],
])('%i in the bucket, %i wanted: waits for %i ms, %s', (balance, events, expectedMs) => {
  const reservations = new Reservations();
  reservations.add(like('k1', 1), 500, 5, 0);
  reservations.add(like('k1', 1), 1_000, 2, 0);
  expect(Math.round(reservations.waitMs({ balance, perMs: 1 }, events, 0))).toBe(expectedMs);
});
