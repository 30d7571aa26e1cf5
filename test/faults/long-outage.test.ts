import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBigQuery } from '#emulator/bigquery/index.ts';
import { startFirestore } from '#emulator/firestore/index.ts';
import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';
import { startPubSub } from '#emulator/pubsub/index.ts';
import { createApplier } from '#emulator/pulumi/index.ts';
import { connectPubSub } from '#emulator/pulumi/resources/pubsub-clients.ts';
import { createDecideApp } from '#functions/decide/app.ts';
import { createPushTokenVerifier } from '#functions/decide/push/push-token.ts';
import { createMemoryProfiles } from '#functions/decide/storage/memory-profiles.ts';
import { createAuthenticator } from '#shared/auth/authenticator.ts';
import { fetchKeySet } from '#shared/auth/jwt/fetch-key-set.ts';
import { createIssuerKeys } from '#shared/auth/jwt/issuer-keys.ts';
import { encodeEventMessage } from '#shared/events/messages.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { PUSH_ACCOUNT_ID, serviceAccountEmail, topicPath } from '#shared/naming/tenant-names.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import { eventually } from '#test/stack/eventually.ts';

const PROJECT = 'test-project';
const ACME = TenantId.parse('acme');
const EVENTS = 20;
/** How often an event has been delivered when each outage ends. */
const KEYS_DOWN_FOR = 15;
const FIRESTORE_DOWN_FOR = 30;

const closers: (() => Promise<unknown>)[] = [];
const deliveries = new Map<string, number>();
let pubsub: ReturnType<typeof connectPubSub>;
let bigquery: BigQuery;

const mostDeliveries = (): number => Math.max(0, ...deliveries.values());

beforeAll(async () => {
  const local = { host: '127.0.0.1', port: 0 };
  const warehouse = await startBigQuery(local);
  const documents = await startFirestore(local);
  const messages = await startPubSub({ ...local, bigqueryUrl: warehouse.url, backoffScale: 0.0002 });
  const { promise: serving, resolve: serve } = Promise.withResolvers<ReturnType<typeof createDecideApp>>();
  const server: HttpServer = await serveHttp(async (request) => {
    const body = (await request.clone().json()) as { message: { messageId: string } };
    const response = await (await serving).fetch(request);
    deliveries.set(body.message.messageId, (deliveries.get(body.message.messageId) ?? 0) + 1);
    return response;
  });
  let clockMs = 0;
  const decide = createDecideApp({
    projectId: PROJECT,
    tenants: {
      get: async (tenantId) => {
        if (mostDeliveries() < FIRESTORE_DOWN_FOR) throw new Error('14 UNAVAILABLE');
        return TenantSettings.parse({ tenantId, mode: 'open' });
      },
    },
    profiles: createMemoryProfiles(),
    publisher: {
      publish: async (_target, _stream, published) => published.map(() => ({ status: 'retry', reason: 'unavailable' })),
      flush: async () => undefined,
    },
    verifyPushToken: createPushTokenVerifier({
      audience: server.url,
      account: serviceAccountEmail(PROJECT, PUSH_ACCOUNT_ID),
      jwksUri: `http://${messages.address}/oauth2/v3/certs`,
      keys: createIssuerKeys({
        fetchKeySet: async (jwksUri) => {
          if (mostDeliveries() < KEYS_DOWN_FOR) throw new Error('the keys cannot be had');
          return fetchKeySet(jwksUri);
        },
        // No pause after a failure is waited for.
        now: () => (clockMs += 60_000),
      }),
    }),
    authenticate: createAuthenticator([
      async () => ({
        tenantId: ACME,
        projectId: undefined,
        scopes: new Set(['analytics:read'] as const),
        credentialId: 'x',
        credentialKind: 'api_key',
      }),
    ]),
    logger: createLogger({ level: 'silent' }),
    audit: () => undefined,
  });
  serve(decide);
  const applier = createApplier({
    projectId: PROJECT,
    pubsub: messages.address,
    firestore: documents.address,
    bigquery: warehouse.url,
    apiUrl: server.url,
    decideUrl: server.url,
  });
  pubsub = connectPubSub(messages.address, PROJECT);
  bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: warehouse.url, authClient: new PassThroughClient() });
  closers.push(
    () => applier.close(),
    () => pubsub.close(),
    () => messages.close(),
    () => documents.close(),
    () => warehouse.close(),
    () => server.close(),
  );
  await applier.applyPlatform();
  await applier.applyTenant(ACME, { mode: 'open' });

  /** What a customer reads. */
  readCount = async () => {
    const headers = { authorization: 'Bearer x' };
    const response = await decide.request('/v1/subjects/cus_1', { headers });
    const view = (await response.json()) as { counts?: Record<string, { total: number }> };
    return view.counts?.['order.placed']?.total ?? 0;
  };
});
afterAll(async () => {
  for (const close of closers) await close();
});

let readCount: () => Promise<number>;

test('keys and then Firestore are away for thirty deliveries: every event counts, and none is a dead letter', async () => {
  const at = new Date().toISOString();
  const messages = Array.from({ length: EVENTS }, (_, index) =>
    encodeEventMessage({
      id: `evt_${index}`,
      type: 'order.placed',
      version: '1.0',
      timestamp: at,
      received_at: at,
      tenant_id: ACME,
      subject: 'cus_1',
      data: {},
    }),
  );
  await pubsub.publisher.publish({ topic: topicPath(PROJECT, 'acme.events'), messages });
  const count = await eventually(readCount, (total) => total === EVENTS, 60_000).catch(readCount);
  const [rows] = (await bigquery.query('SELECT COUNT(*) AS n FROM acme.failed_events')) as [{ n: number }[]];
  process.stdout.write(
    `outages of ${mostDeliveries()} deliveries: ${count} of ${EVENTS} events counted, ${rows[0]?.n} dead letters\n`,
  );
  expect([count, rows]).toEqual([EVENTS, [{ n: 0 }]]);
});
