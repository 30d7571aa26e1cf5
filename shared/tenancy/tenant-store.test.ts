import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ReadDocuments } from '#shared/gathering/document-reads.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { toTenantDocument } from './tenant-document.ts';
import { TenantSettings } from './tenant-settings.ts';
import { createTenantStore } from './tenant-store.ts';

const ACME = TenantId.parse('acme');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a document holds, and its version. */
function readsOf(documents: Record<string, { data: object; updateTime: string }>) {
  const data = vi.fn<(path: string) => object | undefined>((path) => documents[path]?.data);
  const read = vi.fn(async (paths: readonly string[], _mayWait: boolean) =>
    paths.map((path) => {
      const document = documents[path];
      return { data: () => data(path), updateTime: document && { valueOf: () => document.updateTime } };
    }),
  );
  return { read: read as typeof read & ReadDocuments, data };
}

function someDocument(settings: object = {}): object {
  return toTenantDocument(TenantSettings.parse({ tenantId: 'acme', ...settings }));
}

test('reads the tenant’s document, once for many', async () => {
  const { read } = readsOf({
    'tenants/acme': { data: someDocument({ mode: 'open' }), updateTime: '1' },
  });
  const store = createTenantStore(read);
  const [first, second] = await Promise.all([store.get(ACME), store.get(ACME)]);
  expect(first).toMatchObject({ tenantId: 'acme', mode: 'open' });
  expect(second).toBe(first);
  expect(read).toHaveBeenCalledExactlyOnceWith(['tenants/acme'], false);
});

test('what nobody waits for may wait', async () => {
  const { read } = readsOf({ 'tenants/acme': { data: someDocument(), updateTime: '1' } });
  const store = createTenantStore(read);
  await store.get(ACME);
  vi.advanceTimersByTime(20_000);
  await store.get(ACME);
  await store.reload(ACME);
  expect(read.mock.calls.map(([, mayWait]) => mayWait)).toEqual([false, true, false]);
});

test('no document, no settings', async () => {
  const { read } = readsOf({});
  expect(await createTenantStore(read).get(ACME)).toBeUndefined();
});

test('a change is seen within half a minute; without one, the object stays the same, and nothing is decoded', async () => {
  const documents = { 'tenants/acme': { data: someDocument(), updateTime: '1' } };
  const { read, data } = readsOf(documents);
  const store = createTenantStore(read);
  const before = await store.get(ACME);
  vi.advanceTimersByTime(31_000);
  expect(await store.get(ACME)).toBe(before);
  expect(read).toHaveBeenCalledTimes(2);
  expect(data).toHaveBeenCalledTimes(1);
  documents['tenants/acme'] = { data: someDocument({ status: 'suspended' }), updateTime: '2' };
  vi.advanceTimersByTime(31_000);
  expect(await store.get(ACME)).toMatchObject({ status: 'suspended' });
});

test('a document that is not valid does not replace settings that are', async () => {
  const documents = { 'tenants/acme': { data: someDocument(), updateTime: '1' } };
  const store = createTenantStore(readsOf(documents).read);
  const before = await store.get(ACME);
  documents['tenants/acme'] = { data: { tenantId: 'acme', mode: 'loose' }, updateTime: '2' };
  vi.advanceTimersByTime(31_000);
  expect(await store.get(ACME)).toBe(before);
  vi.advanceTimersByTime(3_600_000);
  await expect(store.get(ACME)).rejects.toThrow('mode');
});
