import { expect, test } from 'vitest';
import { type Likeness, Reservations } from './reservations.ts';

function like(credentialId: string, declaredBytes: number | undefined, idempotencyKey?: string): Likeness {
  return { credentialId, declaredBytes, idempotencyKey };
}

test('is there from the time that was told, for the same request, once', () => {
  const reservations = new Reservations();
  reservations.add(like('k1', 500), 100, 3, 0);
  expect(reservations.claim(like('k1', 500), 2_900)).toBeUndefined();
  for (const other of [like('k2', 500), like('k1', 501), like('k1', undefined), like('k1', 500, 'x')]) {
    expect(reservations.claim(other, 3_000)).toBeUndefined();
  }
  expect(reservations.claim(like('k1', 500), 3_000)).toMatchObject({ events: 100 });
  expect(reservations.claim(like('k1', 500), 3_000)).toBeUndefined();
});

test('one that nobody comes for goes back after as long as the wait was, and five seconds', () => {
  const reservations = new Reservations();
  reservations.add(like('k1', 500), 100, 2, 0);
  expect(reservations.expire(8_999)).toBe(0);
  expect(reservations.expire(9_600)).toBe(100);
  expect(reservations.claim(like('k1', 500), 9_600)).toBeUndefined();
  expect([reservations.events, reservations.size]).toEqual([0, 0]);
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
