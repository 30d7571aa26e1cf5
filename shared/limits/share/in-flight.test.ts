import { expect, test } from 'vitest';
import { InFlight } from './in-flight.ts';

const BOUNDS = { requests: 8, bodyBytes: 1_000 };

test.each<[string, number, number, number, ReturnType<InFlight['overload']>]>([
  ['nothing is in flight', 0, 0, 100, undefined],
  ['less than its share', 1, 100, 100, undefined],
  ['its share of the requests', 2, 0, 0, 'tenant'],
  ['its share of the bytes', 1, 200, 51, 'tenant'],
  ['more than the instance takes', 0, 0, 1_001, 'instance'],
])('a tenant with a quarter of the instance: %s', (_name, requests, bytes, next, expected) => {
  const inFlight = new InFlight(BOUNDS);
  for (let index = 0; index < requests; index++) inFlight.begin('acme', bytes);
  expect(inFlight.overload('acme', next, 0.25)).toBe(expected);
});

test('all tenants together have what the instance takes', () => {
  const inFlight = new InFlight(BOUNDS);
  for (let index = 0; index < 8; index++) inFlight.begin(`t${index}`, 10);
  expect(inFlight.overload('quiet', 10, 0.25)).toBe('instance');
  inFlight.end('t0', 10);
  expect(inFlight.overload('quiet', 10, 0.25)).toBeUndefined();
});

test('one request passes whatever its size, while its tenant has no other', () => {
  const inFlight = new InFlight(BOUNDS);
  expect(inFlight.overload('acme', 1_000, 0.25)).toBeUndefined();
});

test('what ends is counted no more, as it was counted last', () => {
  const inFlight = new InFlight(BOUNDS);
  inFlight.begin('acme', 1_000);
  expect(inFlight.overload('quiet', 1, 1)).toBe('instance');
  inFlight.grow('acme', -900);
  expect(inFlight.overload('quiet', 900, 1)).toBeUndefined();
  inFlight.end('acme', 100);
  expect(inFlight.overload('quiet', 1_000, 1)).toBeUndefined();
});
