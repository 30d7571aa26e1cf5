import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import platform from '#infra/platform/index.ts';
import { PlatformOutputs } from '#infra/platform-outputs.ts';
import tenant from '#infra/tenant/index.ts';
import { redriveFilter } from '#shared/delivery/redrive-filter.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { PUSH_ACCOUNT_ID, serviceAccountEmail, tenantNames } from '#shared/naming/tenant-names.ts';
import { fromTenantDocument } from '#shared/tenancy/tenant-document.ts';
import type { Properties } from './properties.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { cloudRunServiceResource } from './resources/cloud-run-service.ts';
import { identityResources } from './resources/identities.ts';
import { SubscriptionInputs } from './resources/pubsub-subscription-inputs.ts';
import { randomBytesResource } from './resources/random-bytes.ts';
import { createStacks, type Stacks, type UpResult } from './stacks.ts';

interface Recorded {
  readonly type: string;
  readonly inputs: Properties;
}

const TOPIC = 'gcp:pubsub/topic:Topic';
const SUBSCRIPTION = 'gcp:pubsub/subscription:Subscription';
const SERVICE = 'gcp:cloudrunv2/service:Service';
const DOCUMENT = 'gcp:firestore/document:Document';
const AGENT = 'serviceAccount:service-000000000000@gcp-sa-pubsub.iam.gserviceaccount.com';

const URLS = { apiUrl: 'http://127.0.0.1:8080', decideUrl: 'http://127.0.0.1:8081' };

/** Stacks whose every resource is written down, in the order in which it was made. */
function recordingStacks(recorded: Recorded[]): Stacks {
  const known = new Map(
    [...identityResources(), randomBytesResource(), cloudRunServiceResource(URLS)].map((handler) => [
      handler.type,
      handler,
    ]),
  );
  const handlers = new Map<string, ResourceHandler>();
  handlers.get = (type) => ({
    type,
    immutable: [],
    check: () => undefined,
    create: async (inputs) => {
      recorded.push({ type, inputs });
      const id = type === TOPIC ? `projects/${text(inputs.project)}/topics/${text(inputs.name)}` : type;
      return (await known.get(type)?.create(inputs)) ?? { id, outputs: {}, placed: true };
    },
    update: async (inputs, previous) => {
      recorded.push({ type, inputs });
      return previous;
    },
    delete: () => Promise.reject(new Error('nothing should be deleted')),
  });
  return createStacks({ handlers });
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`not a string: ${JSON.stringify(value)}`);
  return value;
}

/** By what they look like. */
function sorted<T>(values: readonly T[]): T[] {
  return [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const applyPlatform = (stacks: Stacks): Promise<UpResult> =>
  stacks.up({
    project: 'headgate-platform',
    stack: 'platform',
    program: platform,
    config: { 'gcp:project': 'test-project', 'headgate-platform:image': 'registry.example/functions@sha256:0' },
  });

const applyTenant = (stacks: Stacks, stack: string, config: Record<string, string> = {}): Promise<UpResult> =>
  stacks.up({ project: 'headgate-tenant', stack, program: tenant, config });

describe('platform', () => {
  const recorded: Recorded[] = [];
  let result: UpResult;
  beforeAll(async () => {
    result = await applyPlatform(recordingStacks(recorded));
  });

  test('hands the tenants what they need', () => {
    expect(PlatformOutputs.parse(result.outputs)).toEqual({
      projectId: 'test-project',
      apiUrl: 'http://127.0.0.1:8080',
      adminUrl: 'http://127.0.0.1:8080',
      decideUrl: 'http://127.0.0.1:8081',
      pushAudience: 'https://decide.test-project.headgate',
      pushServiceAccount: 'headgate-push@test-project.iam.gserviceaccount.com',
      pubsubServiceAgent: 'service-000000000000@gcp-sa-pubsub.iam.gserviceaccount.com',
      serviceAccounts: {
        ingest: 'headgate-ingest@test-project.iam.gserviceaccount.com',
        decide: 'headgate-decide@test-project.iam.gserviceaccount.com',
      },
    });
    expect(result.secretOutputs.size).toBe(0);
  });

  test('each function runs as an account of its own, which may not read all of the project', () => {
    const functions = recorded.filter(({ type }) => type === SERVICE);
    expect(functions.map(({ inputs }) => [inputs.name, (inputs.template as Properties).serviceAccount])).toEqual(
      expect.arrayContaining([
        ['ingest', 'headgate-ingest@test-project.iam.gserviceaccount.com'],
        ['decide', 'headgate-decide@test-project.iam.gserviceaccount.com'],
        ['operate', 'headgate-operate@test-project.iam.gserviceaccount.com'],
      ]),
    );
    const roles = recorded
      .filter(({ type }) => type === 'gcp:projects/iAMMember:IAMMember')
      .map(({ inputs }) => inputs.role);
    expect(roles).toEqual(Array(3).fill('roles/datastore.user'));
  });

  test('Pub/Sub may sign pushes in the name of one account, which may do nothing', () => {
    const pushAccount = serviceAccountEmail('test-project', PUSH_ACCOUNT_ID);
    expect(result.outputs.pushServiceAccount).toBe(pushAccount);
    const of = (type: string): Properties[] =>
      recorded.filter((resource) => resource.type === type).map(({ inputs }) => inputs);
    expect(of('gcp:serviceaccount/iAMMember:IAMMember')).toEqual([
      {
        serviceAccountId: `projects/test-project/serviceAccounts/${pushAccount}`,
        role: 'roles/iam.serviceAccountTokenCreator',
        member: AGENT,
      },
    ]);
    expect(JSON.stringify(of('gcp:projects/iAMMember:IAMMember'))).not.toContain(pushAccount);
  });

  test('a service serves only what its account has the rights for', () => {
    const served = recorded
      .filter(({ type }) => type === SERVICE)
      .map(({ inputs }) => [inputs.name, /"FUNCTIONS","value":"([^"]+)"/.exec(JSON.stringify(inputs.template))?.[1]]);
    expect(sorted(served)).toEqual([
      ['decide', 'decide'],
      ['ingest', 'ingest,decide'],
      ['operate', 'operate'],
    ]);
  });

  test('each service is told how many requests it is sent at a time, and the busy ones have their CPU always', () => {
    const services = recorded
      .filter(({ type }) => type === SERVICE)
      .map(({ inputs }) => {
        const template = inputs.template as Properties & { containers: { resources: { cpuIdle: boolean } }[] };
        const told = /"MAX_CONCURRENT_REQUESTS","value":"(\d+)"/.exec(JSON.stringify(template))?.[1];
        expect(Number(told)).toBe(template.maxInstanceRequestConcurrency);
        return [inputs.name, template.containers[0]?.resources.cpuIdle];
      });
    expect(sorted(services)).toEqual([
      ['decide', false],
      ['ingest', false],
      ['operate', true],
    ]);
  });

  test('each service tells Node how much of its memory old objects may take: less than all, and more than half', () => {
    for (const { inputs } of recorded.filter(({ type }) => type === SERVICE)) {
      const template = JSON.stringify(inputs.template);
      const memoryMib = Number(/"memory":"(\d+)Mi"/.exec(template)?.[1]);
      const oldSpaceMib = Number(/"NODE_OPTIONS","value":"--max-old-space-size=(\d+)"/.exec(template)?.[1]);
      expect([inputs.name, oldSpaceMib / memoryMib > 0.5, oldSpaceMib / memoryMib < 0.7]).toEqual([
        inputs.name,
        true,
        true,
      ]);
    }
  });

  test('decide is told the audience that the tenants give their pushes', () => {
    const decide = recorded.find(({ type, inputs }) => type === SERVICE && inputs.name === 'decide');
    expect(decide?.inputs.template).toMatchObject({
      containers: [{ envs: expect.arrayContaining([{ name: 'PUSH_AUDIENCE', value: result.outputs.pushAudience }]) }],
    });
  });

  test('audit records go to a bucket that keeps them for longer than a year', () => {
    const one = (type: string): Properties | undefined => recorded.find((resource) => resource.type === type)?.inputs;
    expect(one('gcp:logging/projectBucketConfig:ProjectBucketConfig')).toMatchObject({
      project: 'test-project',
      bucketId: 'headgate-audit',
      retentionDays: 400,
    });
    const sink = one('gcp:logging/projectSink:ProjectSink');
    expect(sink?.filter).toBe('resource.type="cloud_run_revision" AND jsonPayload.record="audit"');
    expect(sink?.destination).toMatch(/^logging\.googleapis\.com\/./);
  });

  test('Firestore denies every client', () => {
    const ruleset = recorded.find(({ type }) => type === 'gcp:firebaserules/ruleset:Ruleset');
    expect(JSON.stringify(ruleset?.inputs)).toContain('allow read, write: if false;');
  });

  test('what can carry labels says whose it is', () => {
    const labels = recorded
      .flatMap(({ inputs }) => [inputs.labels, inputs.userLabels])
      .filter((value) => value !== undefined);
    expect(labels.length).toBeGreaterThan(5);
    for (const label of labels) expect(label).toMatchObject({ app: 'headgate', tenant: 'platform' });
  });
});

describe('tenant', () => {
  const names = tenantNames(TenantId.parse('acme'));
  const rules = [{ id: 'r', on: ['a.b'], when: 'true', decide: 'd', params: { list: [[1]] }, cooldown: '24h' }];
  const acme: Recorded[] = [];
  const globex: Recorded[] = [];
  let result: UpResult;

  beforeAll(async () => {
    const recorded: Recorded[] = [];
    const stacks = recordingStacks(recorded);
    await applyPlatform(stacks);
    recorded.length = 0;
    result = await applyTenant(stacks, 'acme', {
      'headgate-tenant:region': 'us-east1',
      'headgate-tenant:mode': 'open',
      'headgate-tenant:ordering': 'true',
      'headgate-tenant:rules': JSON.stringify(rules),
    });
    acme.push(...recorded.splice(0));
    await applyTenant(stacks, 'globex');
    globex.push(...recorded.splice(0));
  });

  const ofType = (type: string): Properties[] =>
    acme.filter((resource) => resource.type === type).map(({ inputs }) => inputs);
  const subscriptions = (): SubscriptionInputs[] =>
    ofType(SUBSCRIPTION).map((inputs) => SubscriptionInputs.parse(inputs));
  const subscription = (name: string): SubscriptionInputs | undefined =>
    subscriptions().find((other) => other.name === name);
  const indexOf = (matches: (resource: Recorded) => boolean): number => acme.findIndex(matches);

  test('has the topics, subscriptions and tables that its names promise', () => {
    expect(sorted(ofType(TOPIC).map(({ name }) => name))).toEqual(Object.values(names.topics).sort());
    expect(
      subscriptions()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.values(names.subscriptions).sort());
    expect(sorted(ofType('gcp:bigquery/table:Table').map(({ tableId }) => tableId))).toEqual([
      'decisions',
      'events',
      'failed_events',
      'hourly_events',
      'unique_decisions',
      'unique_events',
      'user_properties',
    ]);
  });

  test('keeps messages for seven days and subscriptions for ever', () => {
    for (const topic of ofType(TOPIC)) {
      expect(topic).toMatchObject({
        messageRetentionDuration: '604800s',
        messageStoragePolicy: { allowedPersistenceRegions: ['us-east1'] },
      });
    }
    for (const each of subscriptions()) {
      expect(each).toMatchObject({
        messageRetentionDuration: '604800s',
        expirationPolicy: { ttl: '' },
        retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
      });
    }
    expect(ofType('gcp:bigquery/dataset:Dataset')).toMatchObject([{ datasetId: 'acme', location: 'us-east1' }]);
  });

  test('dead letters: a policy on each subscription, and both grants that it needs', () => {
    const publishers = ofType('gcp:pubsub/topicIAMMember:TopicIAMMember');
    const subscribers = ofType('gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember');
    for (const each of subscriptions()) {
      if (each.name.startsWith('acme.dead-letter.')) {
        expect(each.deadLetterPolicy).toBeUndefined();
        continue;
      }
      expect(each.deadLetterPolicy).toEqual({
        deadLetterTopic: 'projects/test-project/topics/acme.dead-letter',
        maxDeliveryAttempts: 100,
      });
      expect(subscribers).toContainEqual({
        subscription: each.name,
        project: 'test-project',
        role: 'roles/pubsub.subscriber',
        member: AGENT,
      });
    }
    expect(publishers).toContainEqual({
      topic: 'acme.dead-letter',
      project: 'test-project',
      role: 'roles/pubsub.publisher',
      member: AGENT,
    });
  });

  test('each function publishes where it must, and nowhere else', () => {
    const grants = ofType('gcp:pubsub/topicIAMMember:TopicIAMMember').map(({ topic, role, member }) => {
      expect(role).toBe('roles/pubsub.publisher');
      return [text(topic), text(member).replace(/^serviceAccount:headgate-|@.*$/g, '')];
    });
    expect(sorted(grants.filter(([, member]) => !member?.startsWith('serviceAccount:service-')))).toEqual([
      ['acme.dead-letter', 'decide'],
      ['acme.dead-letter', 'ingest'],
      ['acme.decisions', 'decide'],
      ['acme.events', 'ingest'],
      ['acme.user-properties', 'ingest'],
    ]);
  });

  test('what is sent again reaches the subscription it is for; a dead letter every one, whatever it says', () => {
    for (const { name, filter } of subscriptions()) {
      expect(filter).toBe(name.startsWith('acme.dead-letter.') ? undefined : redriveFilter(name));
    }
  });

  test("a push proves whose it is by its audience, in the platform's name", () => {
    for (const name of [names.subscriptions.eventsDecide, names.subscriptions.userPropertiesDecide]) {
      expect(subscription(name)?.pushConfig).toEqual({
        pushEndpoint: 'http://127.0.0.1:8081/push',
        oidcToken: {
          serviceAccountEmail: 'headgate-push@test-project.iam.gserviceaccount.com',
          audience: 'https://decide.test-project.headgate/acme',
        },
      });
    }
    expect(acme.filter(({ type }) => type.startsWith('gcp:serviceaccount/'))).toEqual([]);
  });

  test('a warehouse subscription is made after its table and the grants to write it', () => {
    const grants = ofType('gcp:bigquery/datasetIamMember:DatasetIamMember');
    expect(sorted(grants.map(({ role, member }) => [role, member]))).toEqual([
      ['roles/bigquery.dataEditor', AGENT],
      ['roles/bigquery.metadataViewer', AGENT],
    ]);
    const firstWriter = indexOf(({ type, inputs }) => type === SUBSCRIPTION && inputs.bigqueryConfig !== undefined);
    for (const made of [':DatasetIamMember', ':Table']) {
      expect(acme.findLastIndex(({ type }) => type.endsWith(made))).toBeLessThan(firstWriter);
    }
    const written = subscriptions().flatMap(({ bigqueryConfig, messageTransforms }) =>
      bigqueryConfig ? [[bigqueryConfig.table, messageTransforms?.[0]?.javascriptUdf.functionName]] : [],
    );
    expect(sorted(written)).toEqual([
      ['test-project.acme.decisions', 'decisionRow'],
      ['test-project.acme.events', 'eventRow'],
      ['test-project.acme.failed_events', 'failedEventRow'],
      ['test-project.acme.user_properties', 'userPropertiesRow'],
    ]);
  });

  test('a view is made after what it reads', () => {
    const made = (id: string): number => indexOf(({ inputs }) => inputs.tableId === id);
    expect(made('unique_events')).toBeGreaterThan(made('events'));
    expect(made('hourly_events')).toBeGreaterThan(made('unique_events'));
  });

  test('what can carry labels says whose it is', () => {
    for (const { type, inputs } of acme) {
      if (![TOPIC, SUBSCRIPTION].includes(type) && !type.startsWith('gcp:bigquery/')) continue;
      if (type.endsWith('IamMember')) continue;
      expect(inputs.labels).toMatchObject({ app: 'headgate', tenant: 'acme' });
    }
    expect(subscription(names.subscriptions.eventsDecide)?.labels).toMatchObject({ stream: 'events' });
  });

  test('names no other tenant', () => {
    expect(JSON.stringify(acme)).not.toContain('globex');
    expect(JSON.stringify(globex)).not.toContain('acme');
    expect(globex.map(({ type }) => type).sort()).toEqual(acme.map(({ type }) => type).sort());
  });

  test('the API key is a secret, of which only the digest is stored', () => {
    const key = text(result.outputs.apiKey);
    expect([...result.secretOutputs].sort()).toEqual(['apiKey', 'apiKeys']);
    expect(result.outputs.apiKeys).toEqual({ default: key });
    expect(key).toMatch(/^hg_acme_[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(acme)).not.toContain(key);
    expect(ofType(DOCUMENT)).toContainEqual(
      expect.objectContaining({
        collection: 'apiKeys',
        documentId: createHash('sha256').update(key).digest('hex'),
        fields: JSON.stringify({
          tenantId: { stringValue: 'acme' },
          name: { stringValue: 'default' },
          scopes: {
            arrayValue: {
              values: ['events:write', 'properties:write', 'analytics:read'].map((stringValue) => ({ stringValue })),
            },
          },
        }),
      }),
    );
  });

  test('settings are written as the functions read them', () => {
    const document = ofType(DOCUMENT).find(({ collection }) => collection === 'tenants');
    expect(document?.documentId).toBe('acme');
    const settings = fromTenantDocument(TenantId.parse('acme'), plainFields(JSON.parse(text(document?.fields))));
    expect(settings).toMatchObject({
      tenantId: 'acme',
      mode: 'open',
      ordering: true,
      region: 'us-east1',
      plan: 'standard',
      rules,
    });
  });
});

describe('a tenant again', () => {
  test('the same changes nothing; a setting changes its document alone; the key stays', async () => {
    const recorded: Recorded[] = [];
    const stacks = recordingStacks(recorded);
    await applyPlatform(stacks);
    const first = await applyTenant(stacks, 'acme');
    recorded.length = 0;
    const second = await applyTenant(stacks, 'acme');
    expect(recorded).toEqual([]);
    expect(second.resources.map(({ operation }) => operation)).toEqual(first.resources.map(() => 'same'));
    const third = await applyTenant(stacks, 'acme', { 'headgate-tenant:status': 'suspended' });
    expect(recorded.map(({ type }) => type)).toEqual([DOCUMENT]);
    expect(third.outputs).toEqual(first.outputs);
  });
});

describe('API keys of a tenant', () => {
  const writer = { name: 'default', scopes: ['events:write'] };
  const expiring = {
    name: 'web',
    scopes: ['admin', 'events:write'],
    projectId: 'web',
    expiresAt: '2027-01-01T00:00:00Z',
  };
  const withKeys = (keys: readonly object[]) => ({ 'headgate-tenant:apiKeys': JSON.stringify(keys) });
  const documentsIn = (recorded: readonly Recorded[]): Properties[] =>
    recorded.flatMap(({ type, inputs }) => (type === DOCUMENT && inputs.collection === 'apiKeys' ? [inputs] : []));

  test('each has its own secret, and a document of what it may do and until when', async () => {
    const recorded: Recorded[] = [];
    const stacks = recordingStacks(recorded);
    await applyPlatform(stacks);
    const { outputs, secretOutputs } = await applyTenant(stacks, 'acme', withKeys([expiring, writer]));
    const keys = outputs.apiKeys as Record<string, string>;
    expect(Object.keys(keys).sort()).toEqual(['default', 'web']);
    expect(new Set(Object.values(keys)).size).toBe(2);
    expect(outputs.apiKey).toBe(keys['web']);
    expect(secretOutputs.has('apiKeys')).toBe(true);
    const web = documentsIn(recorded).find(
      ({ documentId }) => documentId === createHash('sha256').update(keys['web']!).digest('hex'),
    );
    expect(JSON.parse(text(web?.fields))).toEqual({
      tenantId: { stringValue: 'acme' },
      name: { stringValue: 'web' },
      scopes: { arrayValue: { values: [{ stringValue: 'events:write' }, { stringValue: 'admin' }] } },
      projectId: { stringValue: 'web' },
      expiresAt: { timestampValue: '2027-01-01T00:00:00.000Z' },
    });
  });

  test('the key that was there before there could be several keeps its resources, and so its secret', async () => {
    const stacks = recordingStacks([]);
    await applyPlatform(stacks);
    const before = await applyTenant(stacks, 'acme');
    const urnOf = (result: UpResult) =>
      result.resources.filter(({ type }) => type === 'random:index/randomBytes:RandomBytes').map(({ urn }) => urn);
    expect(urnOf(before)).toEqual([expect.stringMatching(/::api-key$/)]);
    const after = await applyTenant(stacks, 'acme', withKeys([{ ...writer, scopes: ['admin'] }, expiring]));
    expect(after.outputs.apiKey).toBe(before.outputs.apiKey);
  });

  test('the order of the list decides only which is handed out', async () => {
    const recorded: Recorded[] = [];
    const stacks = recordingStacks(recorded);
    await applyPlatform(stacks);
    const before = await applyTenant(stacks, 'acme', withKeys([writer, expiring]));
    recorded.length = 0;
    const after = await applyTenant(stacks, 'acme', withKeys([expiring, writer]));
    expect(recorded).toEqual([]);
    expect(after.outputs.apiKeys).toEqual(before.outputs.apiKeys);
    expect(after.outputs.apiKey).not.toBe(before.outputs.apiKey);
  });
});

test.each([
  ['platform', {}, /platform: .*reserved/],
  ['acme', { mode: 'wide' }, /mode/],
  ['acme', { ordering: 'maybe' }, /ordering/],
  ['acme', { rules: '[{"id":"r"}]' }, /rules\[0\]/],
  ['acme', { apiKeys: '[]' }, /apiKeys/],
  ['acme', { apiKeys: '[{"name":"a","scopes":["root"]}]' }, /apiKeys\[0\]\.scopes/],
  ['acme', { apiKeys: '[{"name":"A","scopes":["admin"]}]' }, /apiKeys\[0\]\.name/],
  ['acme', { apiKeys: '[{"name":"a","scopes":["admin"],"expiresAt":"soon"}]' }, /apiKeys\[0\]\.expiresAt/],
  ['acme', { apiKeys: '[{"name":"a","scopes":["admin"]},{"name":"a","scopes":["admin"]}]' }, /a name each/],
  ['acme', { platformStack: 'organization/headgate-platform/other' }, /other has not been applied/],
])('stack %s with %j is refused', async (stack, settings, message) => {
  const stacks = recordingStacks([]);
  await applyPlatform(stacks);
  const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`headgate-tenant:${key}`, value]));
  await expect(applyTenant(stacks, stack, config)).rejects.toThrow(message);
});

/** What Firestore's client makes of a document's fields. */
function plainFields(fields: Record<string, Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: Record<string, unknown>): unknown {
  const [[kind, content] = []] = Object.entries(value);
  if (kind === 'mapValue') return plainFields((content as { fields: Record<string, Record<string, unknown>> }).fields);
  if (kind === 'arrayValue') return (content as { values: Record<string, unknown>[] }).values.map(plainValue);
  return kind === 'integerValue' ? Number(content) : content;
}
