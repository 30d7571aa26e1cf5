import { TenantId } from '#shared/naming/tenant-id.ts';
import { subscriptionPath, tenantNames, tenantOfResource } from '#shared/naming/tenant-names.ts';

/** A subscription that pushes to `decide`. */
export interface PushSubscription {
  readonly tenantId: TenantId;
  readonly stream: 'events' | 'user-properties';
}

/** @returns undefined for a subscription that is none of ours: another project's, or not one that pushes here. */
export function pushSubscriptionOf(projectId: string, path: string): PushSubscription | undefined {
  const tenant = TenantId.safeParse(tenantOfResource(path.slice(path.lastIndexOf('/') + 1)));
  if (!tenant.success) return undefined;
  const tenantId = tenant.data;
  const { subscriptions } = tenantNames(tenantId);
  if (path === subscriptionPath(projectId, subscriptions.eventsDecide)) {
    return { tenantId, stream: 'events' };
  }
  if (path === subscriptionPath(projectId, subscriptions.userPropertiesDecide)) {
    return { tenantId, stream: 'user-properties' };
  }
  return undefined;
}
