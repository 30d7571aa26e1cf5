import { beforeEach, expect, test } from 'vitest';
import { Outages } from './outages.ts';

let outages: Outages;
let nowMs: number;
beforeEach(() => {
  outages = new Outages();
  nowMs = 1_000_000;
});

const begin = (topic: string): string => outages.begin(topic, nowMs);
function fail(...topics: string[]): void {
  for (const topic of topics) outages.failed(topic, nowMs);
}

test('a topic that is down is refused but for one probe at a time, and no other topic is', () => {
  expect(begin('acme.events')).toBe('attempt');
  fail('acme.events');
  expect(begin('acme.events')).toBe('refused');
  expect(begin('acme.decisions')).toBe('attempt');
  expect(begin('globex.events')).toBe('attempt');
  nowMs += 100;
  expect([begin('acme.events'), begin('acme.events')]).toEqual(['probe', 'refused']);
  outages.answered('acme.events', nowMs);
  expect([begin('acme.events'), begin('acme.events')]).toEqual(['attempt', 'attempt']);
});

test('however long it lasts, a probe follows the one before within half a second', () => {
  fail('acme.events');
  for (let probes = 0; probes < 100; probes++) {
    nowMs += 500;
    expect(begin('acme.events')).toBe('probe');
    fail('acme.events');
  }
});

test('a probe that had no time is followed by the next at once', () => {
  fail('acme.events');
  nowMs += 100;
  expect(begin('acme.events')).toBe('probe');
  outages.unclear('acme.events', nowMs);
  expect(begin('acme.events')).toBe('probe');
});

test('topics of several tenants fail and none answers: any other is tried by one probe, which clears them all', () => {
  fail('acme.events', 'acme.decisions', 'acme.user-properties', 'globex.events');
  expect(begin('initech.events')).toBe('attempt');
  fail('initech.events');
  expect([begin('hooli.events'), begin('hooli.events')]).toEqual(['probe', 'refused']);
  outages.answered('hooli.events', nowMs);
  expect(begin('tyrell.events')).toBe('attempt');
  expect(begin('acme.events')).toBe('refused');
});

test.each<[string, () => void, string]>([
  ['nothing was tried', () => undefined, 'unknown'],
  ["one tenant's topics fail", () => fail('acme.events', 'acme.decisions', 'acme.user-properties'), 'unknown'],
  ["two tenants' fail", () => fail('acme.events', 'globex.events'), 'unknown'],
  ["three tenants' fail", () => fail('acme.events', 'globex.events', 'initech.events'), 'fails'],
  [
    'and another takes something',
    () => {
      fail('acme.events', 'globex.events', 'initech.events');
      outages.acknowledged('hooli.events', nowMs);
    },
    'works',
  ],
  ['something was published', () => outages.acknowledged('acme.events', nowMs), 'works'],
  ['something was denied', () => outages.answered('acme.events', nowMs), 'unknown'],
  [
    'or answered before the last of them',
    () => {
      fail('acme.events', 'globex.events');
      outages.acknowledged('hooli.events', nowMs);
      fail('initech.events');
      nowMs += 1_000;
    },
    'unknown',
  ],
  [
    'they fail far apart',
    () => {
      for (const topic of ['acme.events', 'globex.events', 'initech.events']) {
        fail(topic);
        nowMs += 10_001;
      }
    },
    'unknown',
  ],
  [
    'that was long ago',
    () => {
      fail('acme.events', 'globex.events', 'initech.events');
      nowMs += 10_001;
    },
    'unknown',
  ],
])('the standing where %s', (_, happens, standing) => {
  happens();
  expect(outages.standing(nowMs)).toBe(standing);
});
