import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { makeApiKey } from '#shared/auth/api-key.ts';
import { apiKeyDocumentPath, tenantDocumentPath } from '#shared/naming/firestore-paths.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import { toTenantDocument } from '#shared/tenancy/tenant-document.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { RULE } from './events.ts';

/** Made at a time. */
const AT_A_TIME = 50;

/** A tenant of the benchmark's, and its key. */
export interface BenchTenant {
  readonly id: TenantId;
  readonly apiKey: string;
}

/**
 * Makes so many tenants whose events are pushed to `decide`, and go nowhere else. Their push subscriptions are like `model`'s, with
 * their own names in the place of its.
 */
export async function makeDecidedTenants(
  stack: TestStack,
  model: TenantId,
  prefix: string,
  count: number,
): Promise<BenchTenant[]> {
  const [host = '', port] = stack.firestore.split(':');
  const firestore = new Firestore({ projectId: stack.project, host, port: Number(port), ssl: false });
  const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  const pushes = tenantNames(model).subscriptions.eventsDecide;
  const [{ pushConfig, deadLetterPolicy, ackDeadlineSeconds }] = await pubsub.subscription(pushes).getMetadata();
  const { pushEndpoint = null, oidcToken = null } = pushConfig ?? {};
  const like = {
    pushConfig: { pushEndpoint, oidcToken },
    deadLetterPolicy: deadLetterPolicy ?? null,
    ackDeadlineSeconds: ackDeadlineSeconds ?? null,
  };
  const make = async (id: TenantId): Promise<BenchTenant> => {
    const { key, sha256 } = makeApiKey(id);
    const settings = TenantSettings.parse({ tenantId: id, mode: 'open', plan: 'enterprise', rules: [RULE] });
    const { topics } = tenantNames(id);
    await Promise.all([
      firestore.doc(tenantDocumentPath(id)).set(toTenantDocument(settings)),
      firestore.doc(apiKeyDocumentPath(sha256)).set({ tenantId: id, scopes: ['events:write'] }),
      ...Object.values(topics).map((topic) => pubsub.createTopic(topic)),
    ]);
    const { subscriptions } = tenantNames(id);
    await pubsub.topic(topics.events).createSubscription(subscriptions.eventsDecide, renamed(like, model, id));
    return { id, apiKey: key };
  };
  try {
    const tenants: BenchTenant[] = [];
    while (tenants.length < count) {
      const some = Array.from({ length: Math.min(AT_A_TIME, count - tenants.length) }, (_, index) =>
        make(TenantId.parse(`${prefix}-${tenants.length + index}`)),
      );
      tenants.push(...(await Promise.all(some)));
    }
    return tenants;
  } finally {
    await Promise.all([firestore.terminate(), pubsub.close()]);
  }
}

/** With `to` wherever the names have `from`. */
function renamed<Value>(value: Value, from: string, to: string): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(from, to)) as Value;
}
