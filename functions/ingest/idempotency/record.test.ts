import { expect, test } from 'vitest';
import { type IdempotencyRecord, verdictOn } from './record.ts';

const NOW_MS = 1_000;
const inFlight: IdempotencyRecord = {
  fingerprint: 'f',
  owner: 'a',
  expiresAtMs: 5_000,
  leaseExpiresAtMs: 2_000,
  answer: undefined,
};
const answered = { ...inFlight, answer: new Uint8Array(1) };
const dead = { ...inFlight, leaseExpiresAtMs: NOW_MS };

test.each([
  ['somebody is at it', inFlight, 'f', 'b', 'in_flight'],
  ['it is answered', answered, 'f', 'b', 'replay'],
  ['it is answered, the lease long over', { ...answered, leaseExpiresAtMs: 0 }, 'f', 'b', 'replay'],
  ['it died', dead, 'f', 'b', 'take_over'],
  ['another body, in flight', inFlight, 'g', 'b', 'reused'],
  ['another body, answered', answered, 'g', 'b', 'reused'],
  ['another body, dead', dead, 'g', 'b', 'reused'],
  ['too old', { ...answered, expiresAtMs: NOW_MS }, 'f', 'b', 'take_over'],
  ['too old, another body', { ...answered, expiresAtMs: NOW_MS }, 'g', 'b', 'take_over'],
  ['written by itself', inFlight, 'f', 'a', 'own'],
] as const)('%s', (_name, record, fingerprint, owner, verdict) => {
  expect(verdictOn(record, { fingerprint, owner }, NOW_MS)).toBe(verdict);
});
