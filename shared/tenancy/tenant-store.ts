import { LRUCache } from 'lru-cache';
import { BoundedAgeCache } from '#shared/caching/bounded-age-cache.ts';
import { DOCUMENT_AGES, type ReadDocuments } from '#shared/gathering/document-reads.ts';
import { tenantDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { fromTenantDocument } from './tenant-document.ts';
import type { TenantSettings } from './tenant-settings.ts';

/** Where functions learn how to treat a tenant. */
export interface TenantStore {
  /**
   * @returns the settings, at most half a minute old while Firestore answers and at most an hour old while it does not;
   * undefined where there is no such tenant. The object is the same as long as the document does not change.
   * @throws when Firestore fails, or the document is not valid, and nothing young enough is held.
   */
  get(tenantId: TenantId): Promise<TenantSettings | undefined>;
}

/** A store with a cache that can be looked into. */
export interface CachedTenantStore extends TenantStore {
  /** Whether something is known, however old, or being read: {@link TenantStore.get} would not read for a tenant that nobody met. */
  holds(tenantId: TenantId): boolean;
  /** Whether {@link TenantStore.get} would answer at once, waiting for no read. */
  answersAtOnce(tenantId: TenantId): boolean;
  /** As {@link TenantStore.get}, but reads Firestore whatever is held. */
  reload(tenantId: TenantId): Promise<TenantSettings | undefined>;
}

const MAX_TENANTS = 10_000;

/** Reads `tenants/{tenant}`. Holds the settings of the 10,000 tenants used last. */
export function createTenantStore(read: ReadDocuments): CachedTenantStore {
  const versions = new LRUCache<string, { readonly updateTime: string; readonly settings: TenantSettings }>({
    max: MAX_TENANTS,
  });

  async function load(tenantId: string, mayWait: boolean): Promise<TenantSettings | undefined> {
    const [snapshot] = await read([tenantDocumentPath(tenantId as TenantId)], mayWait);
    if (snapshot?.updateTime === undefined) return undefined;
    const updateTime = snapshot.updateTime.valueOf();
    const held = versions.get(tenantId);
    if (held?.updateTime === updateTime) return held.settings;
    const settings = fromTenantDocument(tenantId as TenantId, snapshot.data() ?? {});
    versions.set(tenantId, { updateTime, settings });
    return settings;
  }

  const cache = new BoundedAgeCache<TenantSettings>({ ...DOCUMENT_AGES, load, maxEntries: MAX_TENANTS });
  return {
    get: (tenantId) => cache.get(tenantId),
    holds: (tenantId) => cache.holds(tenantId),
    answersAtOnce: (tenantId) => cache.answersAtOnce(tenantId),
    reload: (tenantId) => cache.reload(tenantId),
  };
}
