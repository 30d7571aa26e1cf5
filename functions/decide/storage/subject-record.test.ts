import { expect, test } from 'vitest';
import type { Decision } from '#shared/events/decision.ts';
import { ACME, NOW_MS } from '../fixtures.ts';
import { APPLIED_RETENTION_MS } from '../profile/limits.ts';
import { EMPTY_PROFILE } from '../profile/profile.ts';
import { countOf } from './marks.ts';
import type { AppliedMessage, ProfileChange } from './profile-repository.ts';
import { messageIdOf } from './subject-key.ts';
import { appliedIn, changed, MAX_MARKS, MAX_UNPUBLISHED_BYTES } from './subject-record.ts';
import type { SubjectRecord } from './subject-record.ts';

const KEY = { tenantId: ACME, subject: 'cus_1' };
const DAY_MS = 24 * 60 * 60 * 1000;
const QUIET: AppliedMessage = { decisions: [], published: true };

function deciding(bytes = 10): AppliedMessage {
  const decision = { id: 'dec_1', decide: 'x'.repeat(bytes) } as Decision;
  return { decisions: [decision], published: false };
}

function change(applied: Readonly<Record<string, AppliedMessage>>, published: readonly string[] = []): ProfileChange {
  return {
    ...KEY,
    profile: EMPTY_PROFILE,
    basedOn: undefined,
    applied: new Map(Object.entries(applied)),
    published: new Set(published),
    retentionMs: 400 * DAY_MS,
  };
}

const many = (prefix: string, count: number): Record<string, AppliedMessage> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, QUIET]));
const knows = (record: SubjectRecord, messageKey: string) => appliedIn(record, messageIdOf(KEY, messageKey));

test('a message is remembered for 38 days at least, and not for ever', () => {
  const { record, documents } = changed(undefined, change({ a: QUIET }), NOW_MS);
  expect([knows(record, 'a'), knows(record, 'b'), documents]).toEqual([QUIET, undefined, []]);
  const day38 = changed(record, change({ b: QUIET }), NOW_MS + APPLIED_RETENTION_MS).record;
  expect(knows(day38, 'a')).toEqual(QUIET);
  const day41 = changed(record, change({ b: QUIET }), NOW_MS + APPLIED_RETENTION_MS + 3 * DAY_MS).record;
  expect(knows(day41, 'a')).toBeUndefined();
  expect(countOf(day41.marks)).toBe(1);
});

test('decisions wait until they are published, each for its own message', () => {
  const { record } = changed(undefined, change({ a: deciding(), b: deciding() }), NOW_MS);
  expect(knows(record, 'a')).toEqual(deciding());
  const after = changed(record, change({ c: QUIET }, ['a']), NOW_MS).record;
  expect([knows(after, 'a'), knows(after, 'b')]).toEqual([QUIET, deciding()]);
});

test('beyond the bound the oldest messages move into documents, until which there is none to look for', () => {
  const full = changed(undefined, change({ first: deciding(), ...many('m', MAX_MARKS - 1) }), NOW_MS);
  expect([countOf(full.record.marks), full.documents, full.record.documentsUntilMs]).toEqual([MAX_MARKS, [], 0]);

  const over = changed(full.record, change({ new1: QUIET, new2: QUIET }), NOW_MS + DAY_MS);
  expect(over.documents.map(({ id, decisions }) => [id, decisions])).toEqual([
    [messageIdOf(KEY, 'first'), deciding().decisions],
    [messageIdOf(KEY, 'm0'), []],
  ]);
  expect(knows(over.record, 'first')).toBeUndefined();
  expect(over.record.unpublished).toEqual({});
  expect(countOf(over.record.marks)).toBe(MAX_MARKS);
  for (const messageKey of ['m1', 'new1', 'new2']) expect(knows(over.record, messageKey)).toEqual(QUIET);
  const expireAtMs = over.documents[0]?.expireAtMs ?? 0;
  expect(expireAtMs).toBeGreaterThanOrEqual(NOW_MS + APPLIED_RETENTION_MS);
  expect(over.record.documentsUntilMs).toBe(expireAtMs);

  const later = changed(over.record, change({ z: QUIET }), expireAtMs + 3 * DAY_MS);
  expect([countOf(later.record.marks), later.record.documentsUntilMs]).toEqual([1, 0]);
});

test('decisions that nobody publishes move out, oldest first, however large', () => {
  const third = MAX_UNPUBLISHED_BYTES / 3;
  const two = changed(undefined, change({ a: deciding(third), quiet: QUIET, b: deciding(third) }), NOW_MS);
  expect(two.documents).toEqual([]);
  const three = changed(two.record, change({ c: deciding(third) }), NOW_MS);
  expect(three.documents.map(({ id }) => id)).toEqual([messageIdOf(KEY, 'a')]);
  expect(knows(three.record, 'quiet')).toEqual(QUIET);
  const huge = changed(undefined, change({ a: deciding(2 * MAX_UNPUBLISHED_BYTES) }), NOW_MS);
  expect([huge.documents.length, countOf(huge.record.marks)]).toEqual([1, 0]);
});

test('ids of messages are of their subject, and spread', () => {
  expect(messageIdOf(KEY, 'events:a')).toMatch(/^[0-9a-f]{32}$/);
  expect(messageIdOf({ ...KEY, subject: 'cus_2' }, 'events:a')).not.toBe(messageIdOf(KEY, 'events:a'));
  // As uuidv7 are: ascending.
  const ids = Array.from({ length: 64 }, (_, i) => messageIdOf(KEY, `events:evt_0198c${String(i).padStart(7, '0')}`));
  expect(new Set(ids.map((id) => id[0])).size).toBeGreaterThan(8);
});
