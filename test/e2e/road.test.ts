import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isInstalled } from '#emulator/cloud/installed.ts';
import { apiOf, Results } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';
import { sharedStack } from './shared-stack.ts';

const run = promisify(execFile);
/** From the 202 to the warehouse and the decision, on the busiest machine: how long it takes is `npm run bench`'s to say. */
const WITHIN_MS = 15_000;

const stack = sharedStack();
const acme = apiOf(stack, 'acme');
const ask = warehouseOf(stack);

const subject = (): string => `cus_${randomUUID()}`;
const countOf = async (id: string, dataset = 'acme'): Promise<number> => {
  const [row] = await ask(`SELECT COUNT(*) AS n FROM ${dataset}.unique_events WHERE event_id = @id`, { id });
  return Number(row?.['n']);
};

describe('POST /v1/events', () => {
  test('one event is accepted, and its id is returned', async () => {
    const answer = await acme.post('/v1/events', anEvent({ id: 'evt_one' }));
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ accepted: 1, rejected: 0, results: [{ id: 'evt_one', status: 'accepted' }] });
  });

  test('an event without an id gets one', async () => {
    const { id: _, ...event } = anEvent();
    const { results } = Results.parse((await acme.post('/v1/events', event)).body);
    expect(results[0]?.id).toMatch(/^evt_[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  test.each([
    ['an array', (events: unknown[]): unknown => events],
    ['{"events": […]}', (events: unknown[]): unknown => ({ events })],
  ])('one bad event does not sink a batch given as %s', async (_, wrap) => {
    const batch = [anEvent({ id: 'a' }), anEvent({ id: 'b' }), anEvent({ id: 'c', timestamp: 'yesterday' })];
    const answer = await acme.post('/v1/events', wrap(batch));
    expect(answer.status).toBe(202);
    const { accepted, rejected, results } = Results.parse(answer.body);
    expect([accepted, rejected]).toEqual([2, 1]);
    expect(results.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'accepted'],
      ['b', 'accepted'],
      ['c', 'rejected'],
    ]);
    expect(results[2]?.error).toEqual({
      code: 'invalid_event',
      message: 'timestamp: not an RFC 3339 date-time',
      path: 'timestamp',
    });
  });

  test('malformed JSON is 400, no key is 401, a foreign key is 401: each a problem', async () => {
    const answers = await Promise.all([
      acme.post('/v1/events', '{"type": '),
      acme.post('/v1/events', anEvent(), { authorization: '' }),
      acme.post('/v1/events', anEvent(), { authorization: `Bearer hg_acme_${'x'.repeat(43)}` }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 401]);
    for (const { headers, body } of answers) {
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body['code']).toEqual(expect.any(String));
    }
  });

  test("another tenant's id: rejected, and nothing is stored anywhere", async () => {
    const id = `evt_${randomUUID()}`;
    const witness = anEvent();
    const answer = await acme.post('/v1/events', [anEvent({ id, tenant_id: 'globex' }), witness]);
    const { results } = Results.parse(answer.body);
    expect(results[0]).toMatchObject({ id, status: 'rejected', error: { path: 'tenant_id' } });
    await eventually(
      () => countOf(String(witness['id'])),
      (n) => n === 1,
      WITHIN_MS,
    );
    expect([await countOf(id), await countOf(id, 'globex')]).toEqual([0, 0]);
  });
});

describe('from a 202 to the warehouse', () => {
  test('an event is in unique_events for the analyst by each way in, and for nobody else', async () => {
    const type = `order.t${randomUUID().replaceAll('-', '')}`;
    await acme.post('/v1/events', [anEvent({ type }), anEvent({ type })]);
    const sql = (dataset: string): string =>
      `SELECT type, COUNT(*) AS n FROM ${dataset}.unique_events WHERE type = '${type}' GROUP BY type`;
    await eventually(
      () => ask(sql('acme')),
      ([row]) => Number(row?.['n']) === 2,
      WITHIN_MS,
    );
    expect(await ask(sql('globex'))).toEqual([]);
    const { stdout } = await run(process.execPath, ['emulator/query.ts', '--json', sql('acme')], {
      env: { ...process.env, HEADGATE_DIR: stack.directory },
    });
    expect(JSON.parse(stdout)).toEqual([{ type, n: 2 }]);
  });

  test('bq sees the same', async (context) => {
    if (!isInstalled('bq')) context.skip('bq is not installed');
    const type = `order.t${randomUUID().replaceAll('-', '')}`;
    await acme.post('/v1/events', anEvent({ type }));
    const sql = `SELECT type, COUNT(*) AS n FROM acme.unique_events WHERE type = '${type}' GROUP BY type`;
    await eventually(
      () => ask(sql),
      ([row]) => Number(row?.['n']) === 1,
      WITHIN_MS,
    );
    const connection = ['--api', stack.bigquery, '--oauth_access_token=x', `--project_id=${stack.project}`];
    const { stdout } = await run('bq', [...connection, '--format=json', '--quiet', 'query', sql]);
    expect(JSON.parse(stdout)).toEqual([{ type, n: '1' }]);
  });

  test('an event that is posted twice is one row', async () => {
    const event = anEvent();
    await acme.post('/v1/events', event);
    await acme.post('/v1/events', event);
    const rows = await eventually(
      () => ask('SELECT event_id FROM acme.events WHERE event_id = @id', { id: event['id'] }),
      (found) => found.length === 2,
      WITHIN_MS,
    );
    expect(rows).toHaveLength(2);
    expect(await countOf(String(event['id']))).toBe(1);
  });

  test('a row holds what was sent', async () => {
    const event = anEvent({
      subject: subject(),
      correlation_id: 'corr_1',
      data: { total: 42.5, items: [{ sku: 'ü', n: 1 }] },
      metadata: { source: 'shop', idempotency_key: 'idem_1' },
    });
    await acme.post('/v1/events', event);
    const [row] = await eventually(
      () => ask('SELECT * FROM acme.unique_events WHERE event_id = @id', { id: event['id'] }),
      (rows) => rows.length === 1,
      WITHIN_MS,
    );
    expect(row).toMatchObject({
      event_id: event['id'],
      type: 'order.placed',
      version: '1.0',
      tenant_id: 'acme',
      subject: event['subject'],
      correlation_id: 'corr_1',
      source: 'shop',
    });
    expect(JSON.parse(String(row?.['data']))).toEqual(event['data']);
    expect(JSON.parse(String(row?.['metadata']))).toEqual(event['metadata']);
    expect(new Date((row as { timestamp: { value: string } }).timestamp.value).toISOString()).toBe(event['timestamp']);
  });
});

describe('decisions', () => {
  const cancelled = (of: string): Record<string, unknown> =>
    anEvent({
      type: 'subscription.cancelled',
      subject: of,
      data: { subscription: { id: 'sub_1', customer_id: of, status: 'cancelled' } },
    });
  const failed = (of: string): Record<string, unknown> =>
    anEvent({
      type: 'payment.failed',
      subject: of,
      data: { payment: { id: `pay_${randomUUID()}`, customer_id: of, amount: 1900, currency: 'EUR' } },
    });

  test('premium, two failed payments, then a cancellation: exactly one retention offer', async () => {
    const of = subject();
    const posts = [
      await acme.post('/v1/user-properties', { subject: of, properties: { plan: 'premium' } }),
      await acme.post('/v1/events', failed(of)),
      await acme.post('/v1/events', failed(of)),
      await acme.post('/v1/events', cancelled(of)),
    ];
    expect(posts.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    const { body } = await eventually(
      () => acme.get(`/v1/subjects/${of}`),
      ({ status, body: profile }) => status === 200 && (profile['decisions'] as unknown[]).length > 0,
      WITHIN_MS,
    );
    expect(body).toMatchObject({
      subject: of,
      properties: { plan: 'premium' },
      counts: { 'payment.failed': { last7d: 2 }, 'subscription.cancelled': { total: 1 } },
      decisions: [{ rule: 'retention_offer', decide: 'retention_offer' }],
    });
    expect(body['decisions']).toHaveLength(1);
    const rows = await eventually(
      () => ask('SELECT * FROM acme.decisions WHERE subject = @of', { of }),
      (found) => found.length > 0,
      WITHIN_MS,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ rule: 'retention_offer', subject: of, tenant_id: 'acme' });
    expect((await apiOf(stack, 'globex').get(`/v1/subjects/${of}`)).status).toBe(404);
  });

  test.each([
    ['no premium plan', { plan: 'basic' }, 2],
    ['one failed payment', { plan: 'premium' }, 1],
  ])('no offer with %s', async (_, properties, failures) => {
    const of = subject();
    await acme.post('/v1/user-properties', { subject: of, properties });
    await acme.post(
      '/v1/events',
      Array.from({ length: failures }, () => failed(of)),
    );
    await acme.post('/v1/events', cancelled(of));
    const { body } = await eventually(
      () => acme.get(`/v1/subjects/${of}`),
      ({ body: profile }) => {
        const counts = (profile['counts'] ?? {}) as Record<string, { total: number }>;
        return counts['subscription.cancelled']?.total === 1 && counts['payment.failed']?.total === failures;
      },
      WITHIN_MS,
    );
    expect(body['decisions']).toEqual([]);
  });
});
