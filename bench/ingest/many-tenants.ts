import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { makeApiKey } from '#shared/auth/api-key.ts';
import { apiKeyDocumentPath, tenantDocumentPath } from '#shared/naming/firestore-paths.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import { toTenantDocument } from '#shared/tenancy/tenant-document.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

/** Writes to Firestore, and topics, that are made at a time. */
const AT_A_TIME = 100;

/**
 * Makes so many tenants of a key, settings and a topic each: all that `ingest` asks for. Nothing is subscribed to their
 * topics, so that what they carry is dropped.
 *
 * @returns the API keys
 */
export async function makeTenants(stack: TestStack, count: number): Promise<string[]> {
  const [host = '', port] = stack.firestore.split(':');
  const firestore = new Firestore({ projectId: stack.project, host, port: Number(port), ssl: false });
  const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  const make = async (tenantId: TenantId): Promise<string> => {
    const { key, sha256 } = makeApiKey(tenantId);
    const settings = TenantSettings.parse({ tenantId, mode: 'open', plan: 'enterprise' });
    await Promise.all([
      firestore.doc(tenantDocumentPath(tenantId)).set(toTenantDocument(settings)),
      firestore.doc(apiKeyDocumentPath(sha256)).set({ tenantId, scopes: ['events:write'] }),
      pubsub.createTopic(tenantNames(tenantId).topics.events),
    ]);
    return key;
  };
  try {
    const keys: string[] = [];
    while (keys.length < count) {
      const some = Array.from({ length: Math.min(AT_A_TIME, count - keys.length) }, (_, index) =>
        make(TenantId.parse(`bench-${keys.length + index}`)),
      );
      keys.push(...(await Promise.all(some)));
    }
    return keys;
  } finally {
    await Promise.all([firestore.terminate(), pubsub.close()]);
  }
}
