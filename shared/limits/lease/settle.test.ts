import { expect, test } from 'vitest';
import { metered } from '../meters.ts';
import { PLANS } from '../plans.ts';
import { aReport } from './fixtures.ts';
import { type MeterReport, settle } from './settle.ts';
import { readUsageDocument, type UsageDocument } from './usage-document.ts';

const EVENTS = { ...PLANS.standard.events, perSecond: 100, burst: 1_000 };
const LIMITS = { ...PLANS.standard, events: EVENTS };
const NOON = Date.UTC(2026, 10, 21, 12);

/** Of the noon, or a second before it. */
function aDocument({
  balance = 500,
  ofDay = 10,
  ...overrides
}: Partial<UsageDocument> & { balance?: number; ofDay?: number } = {}): UsageDocument {
  return {
    ...metered(() => ({ balance, ofDay, ofMonth: 20 })),
    atMs: NOON - 1_000,
    day: '2026-11-21',
    month: '2026-11',
    holders: {},
    ...overrides,
  };
}

/** An instance as the document knows it. */
function aHolder(used: number, demand: number, atMs: number): UsageDocument['holders'][string] {
  return { ...metered((meter) => (meter === 'events' ? { used, accepted: used, demand } : NONE)), atMs };
}

const NONE = { used: 0, accepted: 0, demand: 0 };

test('the first to come gets all there is', () => {
  const { document, grant } = settle(undefined, aReport({ used: 50, accepted: 40, demand: 50 }), LIMITS, NOON);
  expect(grant).toEqual({
    events: { perSecond: 100, capacity: 1_000, balance: 950, ofDay: 40, ofMonth: 40 },
    bytes: { perSecond: 4_000_000, capacity: 40_000_000, balance: 40_000_000, ofDay: 0, ofMonth: 0 },
    day: '2026-11-21',
    month: '2026-11',
    holders: 1,
  });
  expect(document).toMatchObject({ events: { balance: 950, ofDay: 40 }, atMs: NOON });
  expect(document.holders).toEqual({
    i1: { events: { used: 50, accepted: 40, demand: 50 }, bytes: NONE, atMs: NOON },
  });
});

test('bytes are settled as events are, each by itself', () => {
  const report = { ...aReport({ used: 5, accepted: 5 }), bytes: aReport({ used: 3_000, accepted: 2_000 }).events };
  const { document, grant } = settle(undefined, report, LIMITS, NOON);
  expect(document).toMatchObject({ events: { balance: 995, ofDay: 5 }, bytes: { balance: 39_997_000, ofDay: 2_000 } });
  expect(grant).toMatchObject({ events: { ofMonth: 5 }, bytes: { ofMonth: 2_000, balance: 39_997_000 } });
  expect(settle(document, report, LIMITS, NOON).document).toEqual(document);
});

test.each<[string, number, Partial<MeterReport>, number]>([
  ['what flowed in is added', 500, {}, 600],
  ['up to the burst', 990, {}, 1_000],
  ['what was used is subtracted', 500, { used: 70 }, 530],
  ['to a debt', -300, { used: 400 }, -600],
  ['of one burst at most', -900, { used: 5_000 }, -1_000],
  ['but for what is excused', 500, { used: 70, excused: 50 }, 580],
])('the shared bucket: %s', (_name, balance, report, expected) => {
  expect(settle(aDocument({ balance }), aReport(report), LIMITS, NOON).document.events.balance).toBe(expected);
});

test.each<[string, Partial<MeterReport>, number]>([
  ['used at the end of ten seconds, after the bucket was full', { used: 1_000, unused: 500 }, 0],
  ['used all the time, with room for all that flowed in', { used: 1_000 }, 500],
  ['used all the time, with room for a part', { used: 800, unused: 300 }, 400],
])('a longer time than the bucket lasts, %s', (_name, report, expected) => {
  const holders = { i1: aHolder(0, 100, NOON - 10_000) };
  const document = aDocument({ atMs: NOON - 10_000, holders });
  expect(settle(document, aReport(report), LIMITS, NOON).document.events.balance).toBe(expected);
});

test('a report that is repeated counts once', () => {
  const report = aReport({ used: 70, accepted: 60 });
  const once = settle(aDocument(), report, LIMITS, NOON);
  const twice = settle(once.document, report, LIMITS, NOON);
  expect(twice.document).toEqual(once.document);
});

test('an older report that arrives late takes nothing back', () => {
  const newer = settle(aDocument(), aReport({ used: 70, accepted: 60 }), LIMITS, NOON);
  const older = settle(newer.document, aReport({ used: 20, accepted: 10 }), LIMITS, NOON);
  expect(older.document).toMatchObject({ events: { balance: newer.document.events.balance, ofDay: 70 } });
});

test('of an instance that was forgotten, what it had settled is not counted again', () => {
  const report = aReport({ used: 170, settledUsed: 100, accepted: 150, settledAccepted: 90 });
  expect(settle(aDocument(), report, LIMITS, NOON).document).toMatchObject({ events: { balance: 530, ofDay: 70 } });
});

test('shares follow demand, debts as well, and an instance that is silent loses its own', () => {
  const holders = {
    i2: aHolder(0, 20, NOON - 10_000),
    gone: aHolder(0, 1_000, NOON - 90_000),
  };
  const { document, grant } = settle(aDocument({ balance: -200, holders }), aReport({ demand: 900 }), LIMITS, NOON);
  expect(grant).toMatchObject({ events: { perSecond: 80, capacity: 800, balance: -80 }, holders: 2 });
  expect(Object.keys(document.holders)).toEqual(['i2', 'i1']);
});

test('an instance that leaves is counted once however often it says so, and holds nothing', () => {
  const holders = { i1: aHolder(10, 5, NOON - 1_000) };
  const report = aReport({ used: 30, accepted: 30 }, { leaves: true });
  const { document } = settle(aDocument({ holders }), report, LIMITS, NOON);
  expect(document).toMatchObject({ events: { ofDay: 30 }, holders: { i1: { hasLeft: true } } });
  expect(settle(document, report, LIMITS, NOON).document).toEqual(document);

  const other = settle(document, aReport({ demand: 10 }, { instanceId: 'i2' }), LIMITS, NOON + 1_000);
  expect(other.grant).toMatchObject({ events: { perSecond: 100 }, holders: 1 });
  const later = settle(other.document, aReport({ demand: 10 }, { instanceId: 'i2' }), LIMITS, NOON + 90_000);
  expect(Object.keys(later.document.holders)).toEqual(['i2']);
});

test('an instance that left and comes back goes on where it was', () => {
  const holders = { i1: { ...aHolder(30, 0, NOON - 1_000), hasLeft: true as const } };
  const report = aReport({ used: 50, accepted: 40, demand: 5 });
  const { document, grant } = settle(aDocument({ holders }), report, LIMITS, NOON);
  expect(grant).toMatchObject({ events: { perSecond: 100, ofDay: 20 }, holders: 1 });
  expect(document.holders).toEqual({
    i1: { events: { used: 50, accepted: 40, demand: 5 }, bytes: NONE, atMs: NOON },
  });
});

test.each([
  ['the next day', NOON + 86_400_000, 5, 25],
  ['the next month', Date.UTC(2026, 11, 1), 5, 5],
])('quotas begin anew: %s', (_name, nowMs, ofDay, ofMonth) => {
  const { grant } = settle(aDocument(), aReport({ accepted: 5 }), LIMITS, nowMs);
  expect(grant).toMatchObject({ events: { ofDay, ofMonth } });
});

test('a time that steps back fills nothing, and is not written', () => {
  const { document } = settle(aDocument({ atMs: NOON }), aReport(), LIMITS, NOON - 5_000);
  expect(document).toMatchObject({ events: { balance: 500 }, atMs: NOON });
});

test.each([undefined, {}, { balance: 'x' }, aDocument({ ofDay: -1 })])('%j is no document', (data) => {
  expect(readUsageDocument(data)).toBeUndefined();
});
