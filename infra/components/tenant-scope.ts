import type { Input } from '@pulumi/pulumi';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantNames } from '#shared/naming/tenant-names.ts';

/** What every component of a tenant needs to know about where it belongs. */
export interface TenantScope {
  readonly tenantId: TenantId;
  readonly names: TenantNames;
  readonly projectId: string;
  /** Region that stores the tenant's messages and dataset, such as `europe-west1`. */
  readonly region: string;
  /** E-mail address of Pub/Sub's service agent, in whose name Pub/Sub forwards dead letters and writes to BigQuery. */
  readonly pubsubServiceAgent: Input<string>;
}
