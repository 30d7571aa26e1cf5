import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ReadDocuments } from '#shared/gathering/document-reads.ts';
import { toTenantDocument } from '#shared/tenancy/tenant-document.ts';
import { createTenantStore } from '#shared/tenancy/tenant-store.ts';
import { createLookups } from '../lookups/lookups.ts';
import { settingsOf, someClaims, unsigned } from './fixtures.ts';
import { createJwtVerifier } from './jwt-verifier.ts';

const READ_MS = 100;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends a forged token that names `tenant_id` after each of `pausesMs`. @returns how long each waited for its answer */
async function waitsOf(tenant_id: string, pausesMs: readonly number[]): Promise<number[]> {
  const document = toTenantDocument(settingsOf('acme'));
  const read = async (paths: readonly string[]): Promise<unknown> => {
    await new Promise((resolve) => setTimeout(resolve, READ_MS));
    return paths.map((path) => (path === 'tenants/acme' ? { data: () => document, updateTime: '1' } : {}));
  };
  const verify = createJwtVerifier({
    tenants: createTenantStore(read as ReadDocuments),
    keys: { find: async () => undefined },
    lookups: createLookups(),
  });
  const waits: number[] = [];
  for (const [index, pauseMs] of pausesMs.entries()) {
    await vi.advanceTimersByTimeAsync(pauseMs);
    const sentAtMs = performance.now();
    const answered = verify(unsigned({ alg: 'ES256' }, { ...someClaims(), tenant_id, jti: String(index) }));
    void answered.then(() => waits.push(performance.now() - sentAtMs));
    await vi.advanceTimersByTimeAsync(10 * READ_MS);
  }
  return waits;
}

test('a forged token waits for one read, however old what is held of its tenant is, or if there is none', async () => {
  const pausesMs = [0, 0, 1_000, 14_500, 28_500, 60_000, 4_000_000, 0];
  const oneRead = pausesMs.map(() => READ_MS);
  expect(await waitsOf('acme', pausesMs)).toEqual(oneRead);
  expect(await waitsOf('nobody', pausesMs)).toEqual(oneRead);
});
