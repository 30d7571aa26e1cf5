import { expect, test } from 'vitest';
import { type BreakerPolicy, type Circuit, CLOSED, ended, passing, waitMs } from './circuit-breaker.ts';

const POLICY: BreakerPolicy = { failures: 3, firstOpenMs: 1_000, maxOpenMs: 4_000, probeTimeoutMs: 500 };

/** A request that passes, if it may, and ends at once. */
function request(circuit: Circuit, outcome: 'success' | 'failure' | 'neutral', nowMs: number): Circuit {
  expect(waitMs(circuit, POLICY, nowMs)).toBe(0);
  return ended(passing(circuit, nowMs), outcome, POLICY, nowMs);
}

function afterFailures(count: number, nowMs = 0): Circuit {
  let circuit = CLOSED;
  for (let index = 0; index < count; index++) circuit = request(circuit, 'failure', nowMs);
  return circuit;
}

test('opens after so many failures in a row', () => {
  expect(waitMs(afterFailures(2), POLICY, 0)).toBe(0);
  expect(waitMs(afterFailures(3), POLICY, 0)).toBe(1_000);
  expect(waitMs(afterFailures(3), POLICY, 600)).toBe(400);
});

test('a success ends the row, what tells nothing does not', () => {
  expect(request(afterFailures(2), 'success', 0)).toBe(CLOSED);
  expect(request(request(afterFailures(2), 'neutral', 0), 'failure', 0)).toMatchObject({ state: 'open' });
});

test('half-open lets one through, and the others wait for what becomes of it', () => {
  const probing = passing(afterFailures(3), 1_000);
  expect(probing).toMatchObject({ state: 'half-open' });
  expect(waitMs(probing, POLICY, 1_100)).toBe(400);
  expect(ended(probing, 'success', POLICY, 1_100)).toBe(CLOSED);
});

test('each probe that fails doubles the time, up to the longest', () => {
  let circuit = afterFailures(3);
  const times: number[] = [];
  for (let nowMs = 0, round = 0; round < 5; round++) {
    const openMs = waitMs(circuit, POLICY, nowMs);
    times.push(openMs);
    nowMs += openMs;
    circuit = request(circuit, 'failure', nowMs);
  }
  expect(times).toEqual([1_000, 2_000, 4_000, 4_000, 4_000]);
});

test('a probe that tells nothing leaves it to the next', () => {
  const circuit = request(afterFailures(3), 'neutral', 1_000);
  expect(request(circuit, 'success', 1_000)).toBe(CLOSED);
});

test('a probe that nobody hears of is given up', () => {
  const probing = passing(afterFailures(3), 1_000);
  expect(waitMs(probing, POLICY, 1_500)).toBe(0);
});

test('what was under way when it opened does not open it longer', () => {
  const open = afterFailures(3);
  expect(ended(open, 'failure', POLICY, 500)).toBe(open);
});
