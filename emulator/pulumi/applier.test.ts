import { BigQuery } from '@google-cloud/bigquery';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBigQuery } from '#emulator/bigquery/index.ts';
import { startFirestore } from '#emulator/firestore/index.ts';
import { startPubSub } from '#emulator/pubsub/index.ts';
import { redriveFilter } from '#shared/delivery/redrive-filter.ts';
import { encodeEventMessage } from '#shared/events/messages.ts';
import { validateEvent } from '#shared/events/validate.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { type Applier, type AppliedTenant, createApplier } from './index.ts';
import type { Targets } from './targets.ts';

const PROJECT = 'test-project';
const ACME = TenantId.parse('acme');
const closers: (() => Promise<unknown>)[] = [];

let targets: Targets;
let applier: Applier;
let acme: AppliedTenant;
let pubsub: PubSub;
let firestore: Firestore;
let bigquery: BigQuery;

beforeAll(async () => {
  const local = { host: '127.0.0.1', port: 0 };
  const warehouse = await startBigQuery(local);
  const documents = await startFirestore(local);
  const messages = await startPubSub({ ...local, bigqueryUrl: warehouse.url, backoffScale: 0.00001 });
  targets = {
    projectId: PROJECT,
    pubsub: messages.address,
    firestore: documents.address,
    bigquery: warehouse.url,
    apiUrl: 'http://127.0.0.1:1',
    decideUrl: 'http://127.0.0.1:1',
  };
  applier = createApplier(targets);
  const authClient = new PassThroughClient();
  pubsub = new PubSub({ projectId: PROJECT, apiEndpoint: messages.address, emulatorMode: true, authClient });
  firestore = new Firestore({ projectId: PROJECT, host: documents.address, ssl: false });
  bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: warehouse.url, authClient });
  closers.push(
    () => applier.close(),
    () => pubsub.close(),
    () => firestore.terminate(),
    () => messages.close(),
    () => documents.close(),
    () => warehouse.close(),
  );
  await applier.applyPlatform();
  acme = await applier.applyTenant(ACME, { mode: 'open' });
}, 30_000);

afterAll(async () => {
  for (const close of closers) await close();
});

const rows = async (query: string): Promise<unknown[]> => (await bigquery.query({ query }))[0] as unknown[];

test('everything that has a place exists on its server', async () => {
  const [topics] = await pubsub.getTopics();
  expect(new Set(topics.map(({ name }) => name.split('/').pop()))).toEqual(
    new Set(['acme.dead-letter', 'acme.decisions', 'acme.events', 'acme.user-properties']),
  );
  const [subscriptions] = await pubsub.getSubscriptions();
  expect(subscriptions).toHaveLength(8);
  const [metadata] = await pubsub.subscription('acme.events.decide').getMetadata();
  expect(metadata).toMatchObject({
    labels: { app: 'headgate', tenant: 'acme', stream: 'events' },
    ackDeadlineSeconds: 60,
    messageRetentionDuration: { seconds: '604800' },
    retryPolicy: { minimumBackoff: { seconds: '10' }, maximumBackoff: { seconds: '600' } },
    deadLetterPolicy: { deadLetterTopic: `projects/${PROJECT}/topics/acme.dead-letter`, maxDeliveryAttempts: 100 },
    pushConfig: { pushEndpoint: 'http://127.0.0.1:1/push' },
    filter: redriveFilter('acme.events.decide'),
  });
  const [policy] = await pubsub.topic('acme.dead-letter').iam.getPolicy();
  expect(policy.bindings?.[0]?.members).toHaveLength(3);
  const settings = await firestore.doc('tenants/acme').get();
  expect(settings.data()).toMatchObject({ tenantId: 'acme', mode: 'open', batching: { maxMilliseconds: 5 } });
  expect((await firestore.collection('apiKeys').get()).docs.map((key) => key.data())).toEqual([
    { tenantId: 'acme', name: 'default', scopes: ['events:write', 'properties:write', 'analytics:read'] },
  ]);
});

test('a published event becomes a row of the view; one that cannot, a failed event with its reason', async () => {
  const validated = validateEvent(
    { id: 'evt_1', type: 'any.thing', timestamp: '2026-11-20T10:30:00.123456789Z', subject: 'cus_1', data: { a: [1] } },
    { tenantId: ACME, mode: 'open', receivedAt: '2026-11-20T10:30:01.000Z' },
  );
  if (!validated.ok) throw new Error(JSON.stringify(validated));
  const { data, attributes } = encodeEventMessage(validated.value);
  const topic = pubsub.topic('acme.events');
  await Promise.all([
    topic.publishMessage({ data, attributes }),
    topic.publishMessage({ data, attributes }),
    topic.publishMessage({ data: Buffer.from('not json'), attributes: { event_id: 'evt_2' } }),
  ]);
  let failed: unknown[] = [];
  await vi.waitFor(
    async () => {
      expect(await rows('SELECT COUNT(*) AS n FROM acme.events')).toEqual([{ n: 2 }]);
      // The push to nobody gives it up as well: this is the warehouse's own.
      failed = await rows(
        "SELECT tenant_id, stream, data, reason, delivery_attempts FROM acme.failed_events WHERE event_id = 'evt_2' AND source_subscription = 'acme.events.warehouse'",
      );
      expect(failed).toHaveLength(1);
    },
    { timeout: 8_000, interval: 50 },
  );
  expect(
    await rows("SELECT event_id, subject, JSON_VALUE(data, '$.a[0]') AS a, source FROM acme.unique_events"),
  ).toEqual([{ event_id: 'evt_1', subject: 'cus_1', a: '1', source: null }]);
  expect(await rows('SELECT type, events, subjects, tenant_id FROM acme.hourly_events')).toEqual([
    { type: 'any.thing', events: 1, subjects: 1, tenant_id: 'acme' },
  ]);
  expect(failed).toEqual([
    {
      tenant_id: 'acme',
      stream: 'events',
      data: 'not json',
      reason: expect.stringContaining('not JSON'),
      delivery_attempts: expect.any(Number),
    },
  ]);
}, 15_000);

test('again: nothing is made twice, the key stays, a setting is written', async () => {
  const again = await applier.applyTenant(ACME, { mode: 'strict' });
  expect(again.apiKey).toBe(acme.apiKey);
  expect(again.resources.filter(({ operation }) => operation !== 'same').map(({ name }) => name)).toEqual(['settings']);
  expect((await firestore.doc('tenants/acme').get()).get('mode')).toBe('strict');
});

test('an applier that remembers nothing adopts what an earlier one left', async () => {
  const other = createApplier({ ...targets, decideUrl: 'http://127.0.0.1:2' });
  try {
    await other.applyPlatform();
    const adopted = await other.applyTenant(ACME, {});
    expect(adopted.apiKey).not.toBe(acme.apiKey);
    const [metadata] = await pubsub.subscription('acme.events.decide').getMetadata();
    expect(metadata.pushConfig?.pushEndpoint).toBe('http://127.0.0.1:2/push');
  } finally {
    await other.close();
  }
});
