import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { makeApiKey } from '#shared/auth/api-key.ts';
import { apiKeyDocumentPath } from '#shared/naming/firestore-paths.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

/** Makes a tenant that may send so much, and nothing else that differs from the plan `standard`. @returns its API key */
export async function limitedTenant(
  stack: TestStack,
  tenant: string,
  limits: { readonly eventsPerSecond: number; readonly burstEvents: number },
): Promise<string> {
  return onboard(await controlUrlOf(stack.directory), tenant, { plan: 'standard', limits });
}

/** Makes a tenant whose rate is out of the way: what it sends is looked at. @returns its API key */
export async function unlimitedTenant(stack: TestStack, tenant: string): Promise<string> {
  const limits = { eventsPerSecond: 1_000_000, burstEvents: 10_000_000, bytesPerSecond: 10_000_000_000 };
  return onboard(await controlUrlOf(stack.directory), tenant, { plan: 'enterprise', mode: 'open', limits });
}

/** Makes a tenant of the plan `standard`, whose limits are not the local ones. @returns its API key */
export async function standardTenant(stack: TestStack, tenant: string): Promise<string> {
  return onboard(await controlUrlOf(stack.directory), tenant, { plan: 'standard', mode: 'open', limits: {} });
}

/** Gives a tenant another API key: another sender. */
export async function anotherApiKey(stack: TestStack, tenant: string): Promise<string> {
  const { key, sha256 } = makeApiKey(TenantId.parse(tenant));
  const [host = '', port] = stack.firestore.split(':');
  const firestore = new Firestore({ projectId: stack.project, host, port: Number(port), ssl: false });
  await firestore.doc(apiKeyDocumentPath(sha256)).set({ tenantId: tenant, scopes: ['events:write'] });
  await firestore.terminate();
  return key;
}

/**
 * Leaves a tenant's events where they were published. Deciding about them and writing their rows is the work of other
 * services, which here would take their share of the same two cores; and messages that are retained would fill the server's
 * memory, whose collection would stop it for ever longer.
 */
export async function withoutSubscribers(stack: TestStack, tenants: readonly string[]): Promise<void> {
  const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  for (const tenant of tenants) {
    const { topics, subscriptions } = tenantNames(TenantId.parse(tenant));
    const { eventsDecide, eventsWarehouse, eventsArchive } = subscriptions;
    for (const name of [eventsDecide, eventsWarehouse, eventsArchive]) await pubsub.subscription(name).delete();
    await pubsub.topic(topics.events).setMetadata({ messageRetentionDuration: null });
  }
  await pubsub.close();
}
