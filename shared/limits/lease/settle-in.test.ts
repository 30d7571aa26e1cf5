import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBestEffort } from '#shared/outage/best-effort.ts';
import { aSettling, FakeFirestore } from './fixtures.ts';
import { settleIn } from './settle-in.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const fake = new FakeFirestore();
  const onFailure = vi.fn();
  const effort = createBestEffort({ deadlineMs: 2_000, onFailure });
  return { fake, onFailure, settle: settleIn(fake.asFirestore(), effort) };
}

test('tenants that come within a moment are settled together, twenty at a time', async () => {
  const { fake, settle } = setUp();
  const all = Promise.all(Array.from({ length: 50 }, (_, index) => settle(aSettling(`t-${index}`, index), false)));
  await vi.advanceTimersByTimeAsync(50);
  expect((await all).map((grant) => grant?.events.ofDay)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect(fake.requests.toSorted()).toEqual(['read 10', 'read 20', 'read 20', 'write 10', 'write 20', 'write 20']);
});

test('one that another instance settles at the same moment is settled once more, alone', async () => {
  const { fake, settle, onFailure } = setUp();
  fake.meanwhile = () => fake.put('tenants/acme/limits/usage', {});
  const both = Promise.all([settle(aSettling('acme', 1), false), settle(aSettling('globex', 2), false)]);
  await vi.advanceTimersByTimeAsync(50);
  expect(await both).toMatchObject([{ events: { ofDay: 1 } }, { events: { ofDay: 2 } }]);
  expect(fake.requests).toEqual(['read 2', 'write 2', 'transaction']);
  expect(onFailure).not.toHaveBeenCalled();
});

test('a tenant twice at a time, as when it was forgotten and came again, is settled twice', async () => {
  const { fake, settle } = setUp();
  const leaving = settle(aSettling('acme', 7, { leaves: true }), false);
  const back = settle(aSettling('acme', 2, { instanceId: 'i1 anew' }), false);
  await vi.advanceTimersByTimeAsync(50);
  expect(await Promise.all([leaving, back])).toMatchObject([{ events: { ofDay: 7 } }, { events: { ofDay: 9 } }]);
  expect(fake.documents.get('tenants/acme/limits/usage')?.data).toMatchObject({ events: { ofDay: 9 } });
});

test('one whose last settling failed is settled alone, and at once', async () => {
  const { fake, settle } = setUp();
  expect(await settle(aSettling('acme', 1), true)).toMatchObject({ events: { ofDay: 1 } });
  expect(fake.requests).toEqual(['transaction']);
});

test('while Firestore is down nobody is settled, and it is asked once for all of them', async () => {
  const { fake, settle, onFailure } = setUp();
  fake.isDown = true;
  const both = Promise.all([settle(aSettling('acme', 1), false), settle(aSettling('globex', 2), false)]);
  await vi.advanceTimersByTimeAsync(50);
  expect(await both).toEqual([undefined, undefined]);
  expect(fake.requests).toEqual(['read 2']);
  expect(onFailure).toHaveBeenCalledOnce();
});
