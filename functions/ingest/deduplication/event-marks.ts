import type { TenantId } from '#shared/naming/tenant-id.ts';

/** Remembers for 24 hours which events a tenant's were accepted, across requests and instances. */
export interface EventMarks {
  /**
   * Which of `messageKeys` were accepted before. Never rejects: what cannot be found out was not, and whoever reads events must
   * tolerate duplicates anyway.
   */
  seen(tenantId: TenantId, messageKeys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Notes that Pub/Sub has acknowledged them. Never rejects. */
  mark(tenantId: TenantId, messageKeys: readonly string[]): Promise<void>;
}
