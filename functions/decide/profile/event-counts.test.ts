import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsAt, NO_COUNTS, recordEvent, WINDOWS_MS } from './event-counts.ts';
import type { EventCounts, WindowCounts } from './event-counts.ts';
import { LIMITS } from './limits.ts';

const NOW_MS = Date.parse('2026-11-20T12:34:56.789Z');
const HOUR_MS = 3_600_000;
const EMPTY: EventCounts = { types: {}, forgotten: 0 };

function recorded(events: readonly { type: string; atMs: number }[]): EventCounts {
  return events.reduce((counts, { type, atMs }) => recordEvent(counts, type, atMs), EMPTY);
}

function bruteForce(times: readonly number[], atMs: number, toleranceMs = 0): WindowCounts {
  const within = (windowMs: number): number =>
    times.filter((ms) => ms <= atMs && atMs - ms < windowMs + toleranceMs).length;
  const { last1h, last24h, last7d, last30d } = WINDOWS_MS;
  return {
    total: times.length,
    last1h: within(last1h),
    last24h: within(last24h),
    last7d: within(last7d),
    last30d: within(last30d),
  };
}

test('a type that never came has zero counts', () => {
  expect(countsAt(EMPTY, 'a.b', NOW_MS)).toEqual(NO_COUNTS);
  expect(countsAt(EMPTY, 'constructor', NOW_MS)).toEqual(NO_COUNTS);
});

test.each([
  [0, [1, 1, 1, 1]],
  [HOUR_MS - 1, [1, 1, 1, 1]],
  [HOUR_MS, [0, 1, 1, 1]],
  [24 * HOUR_MS - 1, [0, 1, 1, 1]],
  [24 * HOUR_MS, [0, 0, 1, 1]],
  [7 * 24 * HOUR_MS - 1, [0, 0, 1, 1]],
  [7 * 24 * HOUR_MS, [0, 0, 0, 1]],
  [30 * 24 * HOUR_MS, [0, 0, 0, 0]],
  [-1, [0, 0, 0, 0]],
])('an event %d ms ago is in the windows %j', (agoMs, [last1h, last24h, last7d, last30d]) => {
  const counts = recorded([{ type: 'a.b', atMs: NOW_MS - agoMs }]);
  expect(countsAt(counts, 'a.b', NOW_MS)).toEqual({ total: 1, last1h, last24h, last7d, last30d });
});

test('counts are those of a brute-force count, in any order of arrival', () => {
  const times = fc.array(fc.integer({ min: 0, max: 30 * 24 * HOUR_MS - 1 }), { maxLength: LIMITS.exactEntriesPerType });
  fc.assert(
    fc.property(times, (agoMs) => {
      const atMs = agoMs.map((ago) => NOW_MS - ago);
      const counts = recorded(atMs.map((ms) => ({ type: 'a.b', atMs: ms })));
      expect(countsAt(counts, 'a.b', NOW_MS)).toEqual(bruteForce(atMs, NOW_MS));
    }),
  );
});

test('beyond the exact ones, a window is off by at most an hour at its far edge, and the total is exact', () => {
  const times = fc.array(fc.integer({ min: 0, max: 30 * 24 * HOUR_MS - 1 }), { minLength: 200, maxLength: 1500 });
  fc.assert(
    fc.property(times, (agoMs) => {
      const atMs = agoMs.map((ago) => NOW_MS - ago).sort((a, b) => a - b);
      const counted = countsAt(recorded(atMs.map((ms) => ({ type: 'a.b', atMs: ms }))), 'a.b', NOW_MS);
      const [least, most] = [bruteForce(atMs, NOW_MS, -HOUR_MS), bruteForce(atMs, NOW_MS, HOUR_MS)];
      expect(counted.total).toBe(atMs.length);
      for (const window of ['last24h', 'last7d', 'last30d'] as const) {
        expect(counted[window]).toBeGreaterThanOrEqual(least[window]);
        expect(counted[window]).toBeLessThanOrEqual(most[window]);
      }
    }),
    { numRuns: 20 },
  );
});

test('10,000 events in one hour stay small and are all counted', () => {
  const counts = recorded(Array.from({ length: 10_000 }, (_, i) => ({ type: 'a.b', atMs: NOW_MS - 10_000 + i })));
  expect(countsAt(counts, 'a.b', NOW_MS)).toMatchObject({ total: 10_000, last1h: 10_000, last30d: 10_000 });
  expect(JSON.stringify(counts).length).toBeLessThan(2 * 18 * LIMITS.exactEntriesPerType);
});

test('of too many types, those whose newest event is the oldest are forgotten, and the sum stays right', () => {
  const events = Array.from({ length: 1000 }, (_, i) => ({ type: `type.n${i}`, atMs: NOW_MS + i }));
  const counts = recorded([{ type: 'payment.failed', atMs: NOW_MS + 999 }, ...events]);
  expect(Object.keys(counts.types)).toHaveLength(LIMITS.eventTypes);
  expect(countsAt(counts, 'payment.failed', NOW_MS + 999).total).toBe(1);
  const held = Object.values(counts.types).reduce((sum, { total }) => sum + total, 0);
  expect(held + counts.forgotten).toBe(1001);
});

test('the most hostile mixture of types and times stays within bounds', () => {
  const events = Array.from({ length: 20_000 }, (_, i) => ({
    type: `type.n${i % 200}`,
    atMs: NOW_MS + Math.floor(i / 200) * HOUR_MS * 3,
  }));
  expect(JSON.stringify(recorded(events)).length).toBeLessThan(160 * 1024);
});
