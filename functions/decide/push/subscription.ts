import { TenantId } from '#shared/naming/tenant-id.ts';
import { serviceAccountEmail, subscriptionPath, tenantNames, tenantOfResource } from '#shared/naming/tenant-names.ts';

/** A subscription that pushes to `decide`. */
export interface PushSubscription {
  readonly tenantId: TenantId;
  readonly stream: 'events' | 'user-properties';
  /** Whose token its pushes carry, and no other tenant's do. */
  readonly serviceAccountEmail: string;
}

/** @returns undefined for a subscription that is none of ours: another project's, or not one that pushes here. */
export function pushSubscriptionOf(projectId: string, path: string): PushSubscription | undefined {
  const tenant = TenantId.safeParse(tenantOfResource(path.slice(path.lastIndexOf('/') + 1)));
  if (!tenant.success) return undefined;
  const tenantId = tenant.data;
  const { subscriptions, serviceAccountId } = tenantNames(tenantId);
  const email = serviceAccountEmail(projectId, serviceAccountId);
  if (path === subscriptionPath(projectId, subscriptions.eventsDecide)) {
    return { tenantId, stream: 'events', serviceAccountEmail: email };
  }
  if (path === subscriptionPath(projectId, subscriptions.userPropertiesDecide)) {
    return { tenantId, stream: 'user-properties', serviceAccountEmail: email };
  }
  return undefined;
}
