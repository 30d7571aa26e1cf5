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

/** Account id (the part before `@`) of the service account whose OIDC token all of Pub/Sub's pushes carry. */
export const PUSH_ACCOUNT_ID = 'headgate-push';

/** Whom the token of a push is meant for: the platform's audience, and the tenant whose subscription it is. */
export function pushAudience(platformAudience: string, tenantId: TenantId): string {
  return `${platformAudience}/${tenantId}`;
}
