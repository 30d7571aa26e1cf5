import { expect, test } from 'vitest';
import { type Amounts, metered } from '../meters.ts';
import { type Flow, type Likeness, Reservations } from './reservations.ts';

function like(credentialId: string, declaredBytes: number | undefined, idempotencyKey?: string): Likeness {
  return { credentialId, declaredBytes, idempotencyKey };
}

/** So many events, of no bytes. */
const of = (events: number): Amounts => ({ events, bytes: 0 });
/** A bucket of events, and one of bytes that is always full. */
const flows = (events: Flow): Record<'events' | 'bytes', Flow> => ({ events, bytes: { balance: 1, perMs: 1 } });

test('is there from the time that was told, for the same request, once', () => {
  const reservations = new Reservations();
  reservations.add(like('k1', 500), of(100), 3, 0);
  expect(reservations.nextDue(2_900)).toBeUndefined();
  expect(reservations.claim(like('k1', 500))).toBeUndefined();
  expect(reservations.nextDue(3_000)).toMatchObject({ amounts: of(100) });
  expect(reservations.dueAmounts).toEqual(of(100));
  for (const other of [like('k2', 500), like('k1', 501), like('k1', undefined), like('k1', 500, 'x')]) {
    expect(reservations.claim(other)).toBeUndefined();
  }
  expect(reservations.claim(like('k1', 500))).toMatchObject({ amounts: of(100) });
  expect(reservations.claim(like('k1', 500))).toBeUndefined();
  expect([reservations.dueAmounts, reservations.size]).toEqual([of(0), 0]);
});

test('one that nobody comes for goes back after as long as the wait was, and five seconds', () => {
  const reservations = new Reservations();
  reservations.add(like('k1', 500), of(100), 2, 0);
  reservations.nextDue(2_000);
  expect(reservations.expire(8_999)).toEqual(of(0));
  expect(reservations.expire(9_000)).toEqual(of(100));
  expect(reservations.claim(like('k1', 500))).toBeUndefined();
  expect([reservations.dueAmounts, reservations.size]).toEqual([of(0), 0]);
});

test('there is room for 64 of a credential, and 256 in all', () => {
  const reservations = new Reservations();
  for (let index = 0; index < 256; index++) {
    const credential = `k${Math.floor(index / 64)}`;
    expect(
      reservations.hasRoom(
        credential,
        0,
        metered(() => 1),
      ),
    ).toBe(true);
    reservations.add(like(credential, 1), of(1), 1, 0);
    expect(
      reservations.hasRoom(
        credential,
        0,
        metered(() => 1),
      ),
    ).toBe((index + 1) % 64 > 0);
  }
  expect(
    reservations.hasRoom(
      'k4',
      0,
      metered(() => 1),
    ),
  ).toBe(false);
});

test.each([
  ['k1', 60_000, true],
  ['k1', 61_000, false],
  ['k2', 61_000, true],
  ['k2', 121_000, false],
])('a credential leaves to others as much as it takes: %s with %i ms before it', (credential, waitMs, expected) => {
  const reservations = new Reservations();
  reservations.add(like('k1', 1), of(60_000), 60, 0);
  expect(
    reservations.hasRoom(
      credential,
      waitMs,
      metered(() => 1),
    ),
  ).toBe(expected);
});

/** Promised: 1,000 tokens after 2 s, and 500 after 5 s. One flows in each millisecond. */
test.each([
  ['nothing is needed for the promises', 0, 0],
  ['a part', 1_000, 1_000],
  ['all but what does not flow in by itself', -1_500, -1_500],
])('what may be taken now: %s', (_name, balance, expected) => {
  const reservations = new Reservations();
  reservations.add(like('k1', 1), of(500), 5, 0);
  reservations.add(like('k1', 1), of(1_000), 2, 0);
  expect(reservations.available('events', { balance, perMs: 1 }, 0)).toBe(expected);
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
  reservations.add(like('k1', 1), of(500), 5, 0);
  reservations.add(like('k1', 1), of(1_000), 2, 0);
  expect(Math.round(reservations.waitMs(flows({ balance, perMs: 1 }), of(events), 0))).toBe(expectedMs);
});

test('waits until both buckets have enough, and what was promised of either is kept', () => {
  const reservations = new Reservations();
  reservations.add(like('k1', 1), { events: 1_000, bytes: 0 }, 2, 0);
  reservations.add(like('k1', 1), { events: 0, bytes: 1_000 }, 5, 0);
  const wait = (events: number, bytes: number): number =>
    reservations.waitMs({ events: { balance: events, perMs: 1 }, bytes: { balance: bytes, perMs: 1 } }, of(100), 0);
  expect(wait(-900, 1)).toBe(901);
  // Events flow in after 901 ms, bytes after 1,500 ms: then the promise of events is near, and still kept.
  expect(wait(-900, -1_499)).toBe(1_500);
  // After 2,100 ms the promised events are gone, and so many more have to flow in.
  expect(wait(-900, -2_099)).toBe(2_100);
  expect(wait(-1_500, -2_099)).toBe(2_501);
});
