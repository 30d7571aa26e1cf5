import { expect, test, vi } from 'vitest';
import type { AuditRecord } from '#shared/audit/audit-record.ts';
import { createAuthenticator } from '#shared/auth/authenticator.ts';
import { decodeDecisionMessage, encodeEventMessage, encodeUserPropertiesMessage } from '#shared/events/messages.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { Publisher } from '#shared/publishing/publisher.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import { createDecideApp } from './app.ts';
import { after, NOW_MS, someEvent, someProperties, someSettings } from './fixtures.ts';
import type { PushTokenVerifier } from './push/push-token.ts';
import { createMemoryProfiles } from './storage/memory-profiles.ts';
import type { ProfileRepository } from './storage/profile-repository.ts';

const PROJECT = 'headgate-test';
const WEB = ProjectId.parse('web');
const BILLING = ProjectId.parse('billing');
const EVENTS = `projects/${PROJECT}/subscriptions/acme.events.decide`;
const USER_PROPERTIES = `projects/${PROJECT}/subscriptions/acme.user-properties.decide`;

/** A token is the id of the tenant whose pushes carry it. */
const verifyPushToken: PushTokenVerifier = async (token) => {
  if (token === 'forged') return { denial: { credentialKind: 'push_token', reason: 'signature' } };
  if (token === 'keys-down') throw new Error('no keys');
  return { tenantId: TenantId.parse(token) };
};

const authenticate = createAuthenticator([
  async (token) => {
    const [bound = '', ...scopes] = token.split('.');
    const [tenant, project] = bound.split('~');
    return {
      tenantId: TenantId.parse(tenant),
      projectId: ProjectId.optional().parse(project),
      scopes: new Set(scopes.map(() => 'analytics:read' as const)),
      credentialId: 'x',
      credentialKind: 'api_key' as const,
    };
  },
]);

interface Published {
  readonly tenantId: string;
  readonly stream: string;
  readonly message: StreamMessage;
}

interface Overrides {
  readonly profiles?: ProfileRepository;
  readonly tenants?: TenantStore;
  readonly fails?: (stream: string) => boolean;
  readonly pushBudgetBytes?: number;
  readonly logOneAppliedPushIn?: number;
}

function start(overrides: Overrides = {}) {
  const published: Published[] = [];
  const publisher: Publisher = {
    publish: async ({ tenantId }, stream, messages) => {
      if (overrides.fails?.(stream) === true) return messages.map(() => ({ status: 'retry', reason: 'unavailable' }));
      published.push(...messages.map((message) => ({ tenantId, stream, message })));
      return messages.map(() => ({ status: 'accepted' }));
    },
    flush: async () => undefined,
  };
  const settings = someSettings();
  const lines: Record<string, unknown>[] = [];
  const audited: AuditRecord[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const app = createDecideApp({
    projectId: PROJECT,
    tenants: overrides.tenants ?? {
      get: async (tenantId) => (['acme', 'globex'].includes(tenantId) ? settings : undefined),
    },
    profiles: overrides.profiles ?? createMemoryProfiles(),
    publisher,
    verifyPushToken,
    authenticate,
    logger: createLogger({ level: 'info', destination }),
    ...(overrides.logOneAppliedPushIn !== undefined && { logOneAppliedPushIn: overrides.logOneAppliedPushIn }),
    audit: (record) => audited.push(record),
    ...(overrides.pushBudgetBytes !== undefined && { pushBudgetBytes: overrides.pushBudgetBytes }),
    nowMs: () => NOW_MS + 1000,
  });

  let messageIds = 0;
  const push = (
    message: Pick<StreamMessage, 'data'> & Partial<StreamMessage>,
    { subscription = EVENTS, token = 'acme', deliveryAttempt = 1 } = {},
  ) =>
    app.request('/push', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        message: {
          data: message.data.toString('base64'),
          attributes: message.attributes ?? {},
          messageId: String((messageIds += 1)),
          publishTime: after(0),
          orderingKey: message.orderingKey,
        },
        subscription,
        deliveryAttempt,
      }),
    });
  const read = (subject: string, token = 'acme.analytics', query = '') =>
    app.request(`/v1/subjects/${encodeURIComponent(subject)}${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const decisions = () =>
    published.filter(({ stream }) => stream === 'decisions').map(({ message }) => decodeDecisionMessage(message));
  return { app, push, read, published, decisions, lines, audited };
}

const premium = encodeUserPropertiesMessage(someProperties());
const failed = [1, 2].map((ms) => encodeEventMessage(someEvent({ received_at: after(ms) })));
const cancelled = encodeEventMessage(
  someEvent({ id: 'evt_cancelled', type: 'subscription.cancelled', received_at: after(3) }),
);

async function runUp({ push }: ReturnType<typeof start>): Promise<void> {
  expect((await push(premium, { subscription: USER_PROPERTIES })).status).toBe(204);
  for (const message of failed) expect((await push(message)).status).toBe(204);
}

test('from pushes to a decision that is published, readable, and made once', async () => {
  const decide = start();
  await runUp(decide);
  for (const deliveryAttempt of [1, 2, 3]) expect((await decide.push(cancelled, { deliveryAttempt })).status).toBe(204);

  expect(decide.decisions()).toHaveLength(1);
  const [decision] = decide.decisions();
  expect(decide.published[0]).toMatchObject({ tenantId: 'acme', stream: 'decisions' });
  const response = await decide.read('cus_1');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    subject: 'cus_1',
    properties: { plan: 'premium' },
    counts: {
      'payment.failed': { total: 2, last1h: 2, last24h: 2, last7d: 2, last30d: 2 },
      'subscription.cancelled': { total: 1, last1h: 1, last24h: 1, last7d: 1, last30d: 1 },
    },
    first_seen_at: after(0),
    last_seen_at: after(3),
    decisions: [
      {
        id: decision!.id,
        rule: 'retention_offer',
        decide: 'retention_offer',
        params: { percent: 30 },
        event_id: 'evt_cancelled',
        event_type: 'subscription.cancelled',
        decided_at: after(1000),
      },
    ],
  });
});

test('all at once, by both subscriptions: one decision', async () => {
  const decide = start();
  const pushes = [decide.push(cancelled), ...failed.map((message) => decide.push(message))];
  const responses = await Promise.all([...pushes, decide.push(premium, { subscription: USER_PROPERTIES })]);
  expect(responses.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
  expect(decide.decisions().map(({ event_id }) => event_id)).toEqual(['evt_cancelled']);
});

test('where a decision was recorded and not published, the next delivery publishes it', async () => {
  let isDown = true;
  const decide = start({ fails: (stream) => isDown && stream === 'decisions' });
  await runUp(decide);
  expect((await decide.push(cancelled)).status).toBe(503);
  expect(decide.decisions()).toEqual([]);
  isDown = false;
  for (const deliveryAttempt of [2, 3]) expect((await decide.push(cancelled, { deliveryAttempt })).status).toBe(204);
  expect(decide.decisions()).toHaveLength(1);
});

test('a decision published twice, where recording that it was published failed, has one id', async () => {
  const profiles = createMemoryProfiles();
  const markPublished = vi.fn<ProfileRepository['markPublished']>().mockRejectedValueOnce(new Error('connection lost'));
  const decide = start({ profiles: { ...profiles, markPublished } });
  await runUp(decide);
  await decide.push(cancelled);
  await decide.push(cancelled, { deliveryAttempt: 2 });
  expect(decide.decisions()).toHaveLength(2);
  expect(new Set(decide.decisions().map(({ id }) => id)).size).toBe(1);
});

test('where recording that decisions were published gets no answer, the push is answered all the same', async () => {
  const profiles = createMemoryProfiles();
  const markPublished = () => new Promise<void>(() => undefined);
  const decide = start({ profiles: { ...profiles, markPublished } });
  await runUp(decide);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const pushed = decide.push(cancelled);
    await vi.waitFor(() => expect(decide.decisions()).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await pushed).status).toBe(204);
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ['not JSON', Buffer.from('{'), EVENTS, 'data: not JSON'],
  ['not UTF-8', Buffer.from([0xff]), EVENTS, 'data: not UTF-8'],
  ['not an event', Buffer.from('{}'), EVENTS, 'id: required'],
  ['another stream’s', premium.data, EVENTS, 'type: required'],
  [
    'of more values than a message may hold',
    encodeEventMessage(someEvent({ data: { x: Array.from({ length: 20_000 }, () => ({})) } })).data,
    EVENTS,
    'data: holds more than 20000 JSON values',
  ],
  [
    'another tenant’s',
    encodeEventMessage(someEvent({ tenant_id: TenantId.parse('globex') })).data,
    EVENTS,
    'tenant_id: is not that of the topic',
  ],
  [
    'too large for a profile',
    encodeUserPropertiesMessage(someProperties({ properties: { x: 'y'.repeat(300_000) } })).data,
    USER_PROPERTIES,
    'properties: would take',
  ],
])(
  'what can never succeed, %s, is dead-lettered at once as it came, with the reason',
  async (_name, data, subscription, reason) => {
    const decide = start();
    const response = await decide.push(
      { data, attributes: { event_id: 'evt_x' } },
      { subscription, deliveryAttempt: 2 },
    );
    expect(response.status).toBe(204);
    expect(decide.published).toEqual([
      {
        tenantId: 'acme',
        stream: 'dead-letter',
        message: {
          data,
          attributes: {
            event_id: 'evt_x',
            reason: expect.stringContaining(reason),
            source_subscription: subscription,
            delivery_attempt: '2',
          },
        },
      },
    ]);
    expect(decide.lines).toMatchObject([
      { outcome: 'dead_lettered', severity: 'ERROR', reason: expect.stringContaining(reason) },
    ]);
  },
);

test('a dead letter keeps its ordering key', async () => {
  const decide = start();
  expect((await decide.push({ data: Buffer.from('{'), orderingKey: 'cus_1' })).status).toBe(204);
  expect(decide.published).toMatchObject([{ stream: 'dead-letter', message: { orderingKey: 'cus_1' } }]);
});

test('what cannot be dead-lettered either is delivered again', async () => {
  const decide = start({ fails: () => true });
  expect((await decide.push({ data: Buffer.from('{') })).status).toBe(503);
});

test.each([1, 10, 100, 1_000])(
  'what fails may succeed later, also where it was delivered %d times',
  async (deliveryAttempt) => {
    const tenants: TenantStore = { get: () => Promise.reject(new Error('Firestore is down')) };
    const decide = start({ tenants });
    for (const token of ['acme', 'keys-down']) {
      const response = await decide.push(failed[0]!, { token, deliveryAttempt });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'not_processed' });
    }
    expect(decide.published).toEqual([]);
  },
);

test.each([
  ['forged', EVENTS, 401, 'invalid_credentials'],
  ['keys-down', EVENTS, 503, 'not_processed'],
  ['globex', EVENTS, 403, 'insufficient_scope'],
  ['acme', `projects/${PROJECT}/subscriptions/globex.events.decide`, 403, 'insufficient_scope'],
  ['acme', `projects/other/subscriptions/acme.events.decide`, 403, 'insufficient_scope'],
  ['acme', `projects/${PROJECT}/subscriptions/acme.events.archive`, 403, 'insufficient_scope'],
  ['acme', 'nonsense', 403, 'insufficient_scope'],
])('token %s for %s: %d', async (token, subscription, status, code) => {
  const decide = start();
  const response = await decide.push(failed[0]!, { token, subscription });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code });
  expect((await decide.read('cus_1')).status).toBe(404);
  expect(decide.published).toEqual([]);
  const denial = { event: 'access_denied', route: 'POST /push', code, status };
  expect(decide.audited).toMatchObject(status === 503 ? [] : [denial]);
});

test.each([
  [undefined, '{}', 401, 'missing_credentials'],
  ['Bearer acme', '{', 400, 'invalid_body'],
  ['Bearer acme', '{"subscription":"s"}', 400, 'invalid_body'],
  ['Bearer acme', '{"message":{"messageId":"1","data":"%%"},"subscription":"s"}', 400, 'invalid_body'],
  ['Bearer acme', 'x'.repeat(16 * 1024 * 1024), 413, 'payload_too_large'],
])('authorization %s, body %.30s: %d', async (authorization, body, status, code) => {
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  const response = await start().app.request('/push', { method: 'POST', headers, body });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code });
});

test.each(['a/b', 'a%2Fb', 'a b?c#d', 'ünï/😀', '%', '..%2f', 'a+b'])('subject %j can be read', async (subject) => {
  const decide = start();
  expect((await decide.push(encodeEventMessage(someEvent({ subject })))).status).toBe(204);
  expect(await (await decide.read(subject)).json()).toMatchObject({ subject });
});

test('projects share no ids and no subjects, and a credential of one reads no other', async () => {
  const { push, read } = start();
  // All of one id and one subject: the first to come must not make the others count nowhere.
  for (const project_id of [WEB, BILLING, undefined]) {
    const message = encodeEventMessage(someEvent({ id: 'evt_1', project_id }));
    for (const deliveryAttempt of [1, 2]) expect((await push(message, { deliveryAttempt })).status).toBe(204);
  }
  expect((await push(encodeEventMessage(someEvent({ id: 'evt_more', project_id: BILLING })))).status).toBe(204);
  const totalFor = async (token: string, query = ''): Promise<unknown> => {
    const response = await read('cus_1', token, query);
    const { counts } = (await response.json()) as { counts?: { 'payment.failed': { total: number } } };
    return counts?.['payment.failed'].total ?? response.status;
  };
  expect(await totalFor('acme~web.analytics')).toBe(1);
  expect(await totalFor('acme~web.analytics', '?project_id=web')).toBe(1);
  expect(await totalFor('acme~web.analytics', '?project_id=billing')).toBe(403);
  expect(await totalFor('acme~shop.analytics')).toBe(404);
  expect(await totalFor('acme.analytics')).toBe(1);
  expect(await totalFor('acme.analytics', '?project_id=billing')).toBe(2);
  expect(await totalFor('acme.analytics', '?project_id=No')).toBe(404);
});

test('a subject of another tenant is as unknown as one that is not there', async () => {
  const decide = start();
  await runUp(decide);
  const [others, nobodys] = [await decide.read('cus_1', 'globex.analytics'), await decide.read('cus_none')];
  expect([others.status, nobodys.status]).toEqual([404, 404]);
  expect(await others.json()).toEqual(await nobodys.json());
});

test('reading takes the scope, and an active tenant', async () => {
  expect((await start().read('cus_1', 'acme')).status).toBe(403);
  const suspended = { ...someSettings(), status: 'suspended' as const };
  const decide = start({ tenants: { get: async () => suspended } });
  expect((await decide.push(failed[0]!)).status).toBe(204);
  const response = await decide.read('cus_1');
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ code: 'tenant_suspended' });
  expect(decide.audited).toMatchObject([
    { event: 'access_denied', route: 'GET /v1/subjects/{subject}', code: 'tenant_suspended', tenantId: 'acme' },
  ]);
});

test('a tenant that is gone can read nothing', async () => {
  const profiles = createMemoryProfiles();
  const before = start({ profiles });
  await runUp(before);
  const response = await start({ profiles, tenants: { get: async () => undefined } }).read('cus_1');
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'invalid_credentials' });
});

test('a tenant has at most so many reads at a time; another one is not kept waiting by them', async () => {
  const reading = Promise.withResolvers<never>();
  const memory = createMemoryProfiles();
  const read: ProfileRepository['read'] = (reads) =>
    reads[0]?.tenantId === 'acme' ? reading.promise : memory.read(reads);
  const decide = start({ profiles: { ...memory, read } });
  const held = Array.from({ length: 64 }, async () => decide.read('cus_1'));
  expect(await (await decide.read('cus_1')).json()).toMatchObject({ code: 'too_many_in_flight', status: 429 });
  expect((await decide.read('cus_1', 'globex.analytics')).status).toBe(404);
  reading.reject(new Error('Firestore is down'));
  for (const response of await Promise.all(held)) expect(response.status).toBe(503);
  expect((await decide.read('cus_1')).status).toBe(503);
});

test('a subject longer than any that was accepted is not looked for: Firestore would refuse its name', async () => {
  const read = vi.fn<ProfileRepository['read']>();
  const response = await start({ profiles: { ...createMemoryProfiles(), read } }).read('x'.repeat(257));
  expect([response.status, read.mock.calls]).toEqual([404, []]);
});

test.each([
  ['GET', '/push', 405, 'method_not_allowed', 'POST'],
  ['POST', '/v1/subjects/cus_1', 405, 'method_not_allowed', 'GET, HEAD'],
  ['POST', '/push/again', 404, 'not_found', null],
  ['GET', '/v1/subjects/', 404, 'not_found', null],
])('%s %s is refused with a problem document: %d', async (method, path, status, code, allow) => {
  const response = await start().app.request(path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('allow')).toBe(allow);
  expect(await response.json()).toMatchObject({ code });
});

test('of pushes that were merely applied one in so many has a line; what else became of one always has', async () => {
  const decide = start({ logOneAppliedPushIn: 3 });
  await runUp(decide);
  for (const deliveryAttempt of [1, 2]) await decide.push(cancelled, { deliveryAttempt });
  await decide.push(encodeEventMessage(someEvent()), { deliveryAttempt: 2 });
  await decide.push({ data: Buffer.from('{') });
  const seen = decide.lines.map(({ outcome, decisions, delivery_attempt }) => [outcome, decisions, delivery_attempt]);
  expect(seen).toEqual([
    ['applied', undefined, 1],
    ['applied', 1, 1],
    ['duplicate', undefined, 2],
    ['applied', undefined, 2],
    ['dead_lettered', undefined, 1],
  ]);
});

test('one line for each push, with what is known about it', async () => {
  const decide = start();
  await runUp(decide);
  await decide.push(cancelled);
  expect(decide.lines).toHaveLength(4);
  expect(decide.lines[3]).toMatchObject({
    severity: 'INFO',
    function: 'decide',
    route: 'POST /push',
    tenant_id: 'acme',
    subscription: EVENTS,
    message_id: '4',
    event_id: 'evt_cancelled',
    delivery_attempt: 1,
    outcome: 'applied',
    decisions: 1,
    status: 204,
    lag_ms: 1000,
  });
});

test.each([
  ['a failed read', { code: 14 }],
  ['a conflict', { code: 10 }],
  ['a change that cannot be stored', { code: 3 }],
])('no line, and no answer, holds the subject: %s, of which Firestore tells the path', async (_name, failure) => {
  const path = 'projects/p/databases/(default)/documents/tenants/acme/subjects/ann@example.com';
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error(`failed: ${path}`), failure));
  const decide = start({ profiles: { ...createMemoryProfiles(), read: fail, commit: fail } });
  const answers = [
    await decide.push(encodeEventMessage(someEvent({ subject: 'ann@example.com' }))),
    await decide.read('ann@example.com'),
    await decide.app.request('/v1/subjects/ann@example.com/profile'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 404]);
  for (const answer of answers) expect(await answer.text()).not.toContain('ann@');
  expect(decide.lines).toHaveLength(2);
  expect(JSON.stringify(decide.lines)).toContain('subjects/[redacted]');
  expect(JSON.stringify(decide.lines)).not.toContain('ann@');
});

test('a push for which there is no room waits with its body unread, and is delivered again where none comes in time', async () => {
  const memory = createMemoryProfiles();
  const reading = Promise.withResolvers<void>();
  const read: ProfileRepository['read'] = async (reads) => {
    await reading.promise;
    return memory.read(reads);
  };
  const decide = start({ profiles: { ...memory, read }, pushBudgetBytes: 1 });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const [first, refused] = [decide.push(failed[0]!), decide.push(failed[1]!)];
    await vi.advanceTimersByTimeAsync(7_000);
    const third = decide.push(cancelled);
    await vi.advanceTimersByTimeAsync(1_000);
    const answer = await refused;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ code: 'overloaded' });
    reading.resolve();
    expect([(await first).status, (await third).status]).toEqual([204, 204]);
  } finally {
    vi.useRealTimers();
  }
});
