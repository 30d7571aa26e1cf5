import type { TenantId } from '#shared/naming/tenant-id.ts';

/** Where marks are kept. Each method may fail with the errors of what is behind it. */
export interface MarkStore {
  /** @returns of those of `digests` that are marked, until when (wall clock, ms); it may be over. */
  read(tenantId: TenantId, digests: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Marks all of them, or some where it fails. */
  write(tenantId: TenantId, digests: readonly string[], expiresAtMs: number): Promise<void>;
}
