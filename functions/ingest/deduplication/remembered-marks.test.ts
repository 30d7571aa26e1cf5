import { expect, test } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { createBestEffort } from '#shared/outage/best-effort.ts';
import type { MarkStore } from './mark-store.ts';
import { createRememberedMarks } from './remembered-marks.ts';

const acme = TenantId.parse('acme');
const DAY_MS = 24 * 3_600_000;

/** Several instances over one store, on one clock. */
function setUp(faults: Partial<MarkStore> = {}, deadlineMs = 10_000) {
  const clock = { nowMs: 1_700_000_000_000 };
  const marks = new Map<string, number>();
  const read: string[][] = [];
  const store: MarkStore = {
    read: async (tenantId, digests) => {
      read.push([...digests]);
      return new Map(
        digests.flatMap((digest) => {
          const expiresAtMs = marks.get(`${tenantId}/${digest}`);
          return expiresAtMs === undefined ? [] : [[digest, expiresAtMs] as const];
        }),
      );
    },
    write: async (tenantId, digests, expiresAtMs) => {
      for (const digest of digests) marks.set(`${tenantId}/${digest}`, expiresAtMs);
    },
    ...faults,
  };
  const instance = () =>
    createRememberedMarks({
      store,
      effort: createBestEffort({ deadlineMs, onFailure: () => undefined }),
      nowMs: () => clock.nowMs,
    });
  return { clock, instance, read };
}

test('what was marked is seen, by every instance', async () => {
  const { instance } = setUp();
  await instance().mark(acme, ['a', 'b']);
  expect(await instance().seen(acme, ['a', 'c', 'b'])).toEqual(new Set(['a', 'b']));
});

test('what this instance marked or has seen is not read again', async () => {
  const { instance, read } = setUp();
  const first = instance();
  await first.mark(acme, ['a']);
  expect(await first.seen(acme, ['a'])).toEqual(new Set(['a']));
  expect(read).toEqual([]);
  const second = instance();
  await second.seen(acme, ['a']);
  expect(await second.seen(acme, ['a', 'b'])).toEqual(new Set(['a']));
  expect(read.map(({ length }) => length)).toEqual([1, 1]);
});

test.each([
  ['another tenant', TenantId.parse('globex'), 'a'],
  ['another key', acme, 'A'],
] as const)('%s has no such mark', async (_name, tenantId, id) => {
  const { instance } = setUp();
  const marking = instance();
  await marking.mark(acme, ['a']);
  for (const each of [marking, instance()]) expect(await each.seen(tenantId, [id])).toEqual(new Set());
});

test('a mark is over after 24 hours, deleted or not, at hand or not', async () => {
  const { instance, clock } = setUp();
  const marking = instance();
  await marking.mark(acme, ['a']);
  clock.nowMs += DAY_MS - 1;
  for (const each of [marking, instance()]) expect((await each.seen(acme, ['a'])).size).toBe(1);
  clock.nowMs += 1;
  for (const each of [marking, instance()]) expect((await each.seen(acme, ['a'])).size).toBe(0);
});

test.each([
  ['fails', () => Promise.reject(new Error('down'))],
  ['does not answer', () => new Promise<never>(() => undefined)],
])('where the store %s, nothing but what is at hand is a duplicate', async (_name, fault) => {
  const { instance } = setUp({ read: fault, write: fault }, 30);
  const marks = instance();
  expect(await marks.seen(acme, ['a'])).toEqual(new Set());
  await marks.mark(acme, ['a']);
  expect(await marks.seen(acme, ['a', 'b'])).toEqual(new Set(['a']));
});
