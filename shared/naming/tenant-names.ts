import { createHash } from 'node:crypto';
import type { TenantId } from './tenant-id.ts';

/** The streams a tenant has, each one topic. */
export const STREAMS = ['events', 'user-properties', 'decisions', 'dead-letter'] as const;
export type Stream = (typeof STREAMS)[number];

/**
 * Every name derived from a tenant's id. Functions, infra and emulator all take their names from here, and from nowhere
 * else: what one creates, the others find. Short ids, not full resource paths ({@link topicPath} makes those).
 */
export interface TenantNames {
  readonly topics: Readonly<Record<Stream, string>>;
  readonly subscriptions: {
    /** Push to `decide`. */
    readonly eventsDecide: string;
    /** BigQuery, table `events`. */
    readonly eventsWarehouse: string;
    /** Pull: replay and batch work. */
    readonly eventsArchive: string;
    /** Push to `decide`. */
    readonly userPropertiesDecide: string;
    /** BigQuery, table `user_properties`. */
    readonly userPropertiesWarehouse: string;
    /** BigQuery, table `decisions`. */
    readonly decisionsWarehouse: string;
    /** Pull: a person looks at what failed. */
    readonly deadLetterInspect: string;
    /** BigQuery, table `failed_events`. */
    readonly deadLetterWarehouse: string;
  };
  /** BigQuery dataset id: the tenant's id with `_` for `-` (a tenant's id has no `_`, so no two tenants share one). */
  readonly dataset: string;
  /** Account id (the part before `@`) of the service account whose OIDC token Pub/Sub's pushes for this tenant carry. */
  readonly serviceAccountId: string;
}

/** BigQuery tables and views in each tenant's dataset. */
export const TABLES = {
  events: 'events',
  userProperties: 'user_properties',
  decisions: 'decisions',
  failedEvents: 'failed_events',
  uniqueEvents: 'unique_events',
  uniqueDecisions: 'unique_decisions',
  hourlyEvents: 'hourly_events',
} as const;

/** @returns every name of `tenantId`'s resources; the same input always gives the same names. */
export function tenantNames(tenantId: TenantId): TenantNames {
  return {
    topics: {
      events: `${tenantId}.events`,
      'user-properties': `${tenantId}.user-properties`,
      decisions: `${tenantId}.decisions`,
      'dead-letter': `${tenantId}.dead-letter`,
    },
    subscriptions: {
      eventsDecide: `${tenantId}.events.decide`,
      eventsWarehouse: `${tenantId}.events.warehouse`,
      eventsArchive: `${tenantId}.events.archive`,
      userPropertiesDecide: `${tenantId}.user-properties.decide`,
      userPropertiesWarehouse: `${tenantId}.user-properties.warehouse`,
      decisionsWarehouse: `${tenantId}.decisions.warehouse`,
      deadLetterInspect: `${tenantId}.dead-letter.inspect`,
      deadLetterWarehouse: `${tenantId}.dead-letter.warehouse`,
    },
    dataset: tenantId.replaceAll('-', '_'),
    serviceAccountId: serviceAccountId(tenantId),
  };
}

/**
 * The tenant a subscription or topic id belongs to: what stands before the first dot (a tenant's id has none).
 * Undefined where there is no dot. Not validated: parse it with `TenantId` before trusting it.
 */
export function tenantOfResource(resourceId: string): string | undefined {
  const dot = resourceId.indexOf('.');
  return dot > 0 ? resourceId.slice(0, dot) : undefined;
}

/** Labels that every resource of a tenant carries; cost and metrics are attributed by them. */
export function tenantLabels(tenantId: TenantId, stream?: Stream): Record<string, string> {
  return { app: 'headgate', tenant: tenantId, ...(stream === undefined ? {} : { stream }) };
}

/** `projects/{project}/topics/{topic}` */
export function topicPath(project: string, topic: string): string {
  return `projects/${project}/topics/${topic}`;
}

/** `projects/{project}/subscriptions/{subscription}` */
export function subscriptionPath(project: string, subscription: string): string {
  return `projects/${project}/subscriptions/${subscription}`;
}

/** The e-mail address of the service account `accountId` in `project`. */
export function serviceAccountEmail(project: string, accountId: string): string {
  return `${accountId}@${project}.iam.gserviceaccount.com`;
}

const LONGEST_ACCOUNT_ID = 30;

/**
 * An account id has 6 to 30 characters and ends in a letter or digit. Where `hg-{tenantId}` would have 30 or more, or end
 * in a dash, the rest of the tenant's id is replaced by a digest of all of it, which makes 30: no plain one is as long, so
 * no two tenants share an account.
 *
 * @see https://cloud.google.com/iam/docs/service-accounts-create
 */
function serviceAccountId(tenantId: TenantId): string {
  const plain = `hg-${tenantId}`;
  if (plain.length < LONGEST_ACCOUNT_ID && !plain.endsWith('-')) return plain;
  const digest = createHash('sha256').update(tenantId).digest('hex').slice(0, 8);
  return `hg-${tenantId.padEnd(18, '0').slice(0, 18)}-${digest}`;
}
