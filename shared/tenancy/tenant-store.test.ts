import type { Firestore } from '@google-cloud/firestore';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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

/** As much of Firestore as is read: what a document holds, and its version. */
function firestoreWith(documents: Record<string, { data: object; updateTime: string }>) {
  const reads = vi.fn<(path: string) => void>();
  const doc = (path: string) => ({
    get: async () => {
      reads(path);
      const document = documents[path];
      return { data: () => document?.data, updateTime: document && { valueOf: () => document.updateTime } };
    },
  });
  return { firestore: { doc } as unknown as Pick<Firestore, 'doc'>, reads };
}

function someDocument(settings: object = {}): object {
  return toTenantDocument(TenantSettings.parse({ tenantId: 'acme', ...settings }));
}

test('reads the tenant’s document, once for many', async () => {
  const { firestore, reads } = firestoreWith({
    'tenants/acme': { data: someDocument({ mode: 'open' }), updateTime: '1' },
  });
  const store = createTenantStore(firestore);
  const [first, second] = await Promise.all([store.get(ACME), store.get(ACME)]);
  expect(first).toMatchObject({ tenantId: 'acme', mode: 'open' });
  expect(second).toBe(first);
  expect(reads).toHaveBeenCalledExactlyOnceWith('tenants/acme');
});

test('no document, no settings', async () => {
  const { firestore } = firestoreWith({});
  expect(await createTenantStore(firestore).get(ACME)).toBeUndefined();
});

test('a change is seen within half a minute; without one, the object stays the same', async () => {
  const documents = { 'tenants/acme': { data: someDocument(), updateTime: '1' } };
  const { firestore, reads } = firestoreWith(documents);
  const store = createTenantStore(firestore);
  const before = await store.get(ACME);
  vi.advanceTimersByTime(31_000);
  expect(await store.get(ACME)).toBe(before);
  expect(reads).toHaveBeenCalledTimes(2);
  documents['tenants/acme'] = { data: someDocument({ status: 'suspended' }), updateTime: '2' };
  vi.advanceTimersByTime(31_000);
  expect(await store.get(ACME)).toMatchObject({ status: 'suspended' });
});

test('a document that is not valid does not replace settings that are', async () => {
  const documents = { 'tenants/acme': { data: someDocument(), updateTime: '1' } };
  const store = createTenantStore(firestoreWith(documents).firestore);
  const before = await store.get(ACME);
  documents['tenants/acme'] = { data: { tenantId: 'acme', mode: 'loose' }, updateTime: '2' };
  vi.advanceTimersByTime(31_000);
  expect(await store.get(ACME)).toBe(before);
  vi.advanceTimersByTime(3_600_000);
  await expect(store.get(ACME)).rejects.toThrow('mode');
});
