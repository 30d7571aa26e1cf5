import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, expect, test } from 'vitest';
import { REDRIVE_TO } from '#shared/delivery/redrive-filter.ts';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { CAN_FAIL } from '#test/stack/faults.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
const ask = warehouseOf(stack);

afterAll(() => pubsub.close());

/** What `decide` logged of each delivery of an event. */
async function pushesOf(eventId: string): Promise<unknown[]> {
  const log = await readFile(join(stack.directory, 'functions.log'), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.includes(eventId) && line.includes('POST /push'))
    .map((line) => (JSON.parse(line) as { outcome?: unknown }).outcome);
}

/** Waits for the dead letter of a message, by what it carries, in the warehouse and on the topic's inspecting subscription. */
const failedEvents = (data: string, of = 1): Promise<Record<string, unknown>[]> =>
  eventually(
    () => ask('SELECT * FROM acme.failed_events WHERE data = @data', { data }),
    (rows) => rows.length >= of,
    60_000,
  );

test('the same message twice: one count, one decision', async () => {
  const subject = `cus_${randomUUID()}`;
  const acme = apiOf(stack, 'acme');
  await acme.post('/v1/user-properties', { subject, properties: { plan: 'premium' } });
  const failed = {
    type: 'payment.failed',
    subject,
    data: { payment: { id: 'pay_1', customer_id: subject, amount: 1900, currency: 'EUR' } },
  };
  const cancelled = anEvent({
    type: 'subscription.cancelled',
    subject,
    data: { subscription: { id: 'sub_1', customer_id: subject, status: 'cancelled' } },
  });
  await acme.post('/v1/events', [anEvent(failed), anEvent(failed)]);
  await acme.post('/v1/events', cancelled);
  const read = async (): Promise<Record<string, unknown>> => (await acme.get(`/v1/subjects/${subject}`)).body;
  const first = await eventually(
    read,
    (profile) => (profile['decisions'] as unknown[] | undefined)?.length === 1,
    5_000,
  );

  await acme.post('/v1/events', cancelled);
  await acme.post('/v1/events', cancelled);
  await eventually(
    () => pushesOf(String(cancelled['id'])),
    (outcomes) => outcomes.filter((outcome) => outcome === 'duplicate').length === 2,
    5_000,
  );
  const after = await read();
  expect(after['decisions']).toEqual(first['decisions']);
  expect(after['counts']).toMatchObject({ 'subscription.cancelled': { total: 1 }, 'payment.failed': { total: 2 } });
  const decisions = await eventually(
    () => ask('SELECT decision_id FROM acme.decisions WHERE subject = @subject', { subject }),
    (rows) => rows.length >= 1,
    5_000,
  );
  expect(decisions).toHaveLength(1);
});

test('what can never be decided is in failed_events with its reason, and delays no other', async () => {
  const poison = `{"not an event": "${randomUUID()}"`;
  await pubsub
    .topic('acme.events')
    .publishMessage({ data: Buffer.from(poison), attributes: { event_id: 'evt_poison' } });
  const healthy = anEvent({ subject: `cus_${randomUUID()}` });
  const acme = apiOf(stack, 'acme');
  await acme.post('/v1/events', healthy);
  await eventually(
    () => acme.get(`/v1/subjects/${String(healthy['subject'])}`),
    ({ status }) => status === 200,
    2_000,
  );

  const [row] = await failedEvents(poison);
  expect(row).toMatchObject({ event_id: 'evt_poison', tenant_id: 'acme' });
  expect(row?.['reason']).toMatch(/JSON/);

  const [messages] = await new Promise<[{ data: Buffer; attributes: Record<string, string> }[]]>((resolve) => {
    const subscription = pubsub.subscription('acme.dead-letter.inspect');
    subscription.on('message', (message) => {
      message.ack();
      if (message.data.toString() === poison) {
        void subscription.close().then(() => resolve([[message]]));
      }
    });
  });
  expect(messages[0]?.attributes['reason']).toMatch(/JSON/);
}, 90_000);

test("a message of another tenant's on this tenant's topic is a dead letter, and touches nobody", async () => {
  const subject = `cus_${randomUUID()}`;
  const event = JSON.stringify(anEvent({ tenant_id: 'globex', subject, received_at: new Date().toISOString() }));
  await pubsub.topic('acme.events').publishMessage({ data: Buffer.from(event) });
  const [row] = await failedEvents(event);
  expect(row?.['reason']).toMatch(/tenant/);
  expect((await apiOf(stack, 'acme').get(`/v1/subjects/${subject}`)).status).toBe(404);
  expect((await apiOf(stack, 'globex').get(`/v1/subjects/${subject}`)).status).toBe(404);
});

/** Takes from a subscription that is pulled until it has seen `until`. @returns the ids of all events it saw. */
async function pulledUntil(subscriptionId: string, until: string): Promise<string[]> {
  const subscription = pubsub.subscription(subscriptionId);
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    subscription.on('message', (message) => {
      message.ack();
      seen.push(String(message.attributes['event_id']));
      if (seen.includes(until)) resolve();
    });
  });
  await subscription.close();
  return seen;
}

test('what is sent again to one subscription reaches no other; as a dead letter it is in all places that keep them', async () => {
  const subject = `cus_${randomUUID()}`;
  const sent = async (
    redriveTo?: string,
    data = JSON.stringify(anEvent({ tenant_id: 'acme', subject, received_at: new Date().toISOString() })),
  ): Promise<string> => {
    const attributes = { event_id: `evt_${randomUUID()}`, ...(redriveTo !== undefined && { [REDRIVE_TO]: redriveTo }) };
    await pubsub.topic('acme.events').publishMessage({ data: Buffer.from(data), attributes });
    return attributes.event_id;
  };
  const toDecide = await sent('acme.events.decide');
  const toWarehouse = await sent('acme.events.warehouse');
  const toArchive = await sent('acme.events.archive');
  const toNobody = await sent('globex.events.decide');
  const toAll = await sent();
  const view = await eventually(
    () => apiOf(stack, 'acme').get(`/v1/subjects/${subject}`),
    ({ body }) => (body['counts'] as Record<string, { total: number }> | undefined)?.['order.placed']?.total === 2,
    10_000,
  );
  expect(view.status).toBe(200);
  await eventually(
    () => ask('SELECT event_id FROM acme.events WHERE subject = @subject', { subject }),
    (rows) => rows.length === 2,
    10_000,
  );
  const archived = await pulledUntil('acme.events.archive', toAll);
  // Google's emulator ignores filters where somebody pulls.
  const others = [toDecide, toWarehouse, toNobody].filter((id) => archived.includes(id));
  if (CAN_FAIL) expect([archived.includes(toArchive), others]).toEqual([true, []]);

  const poison = `{"again": "${randomUUID()}"`;
  const failedAgain = await sent('acme.events.decide', poison);
  const [row] = await failedEvents(poison);
  expect(row).toMatchObject({ source_subscription: 'acme.events.decide' });
  expect(await pulledUntil('acme.dead-letter.inspect', failedAgain)).toContain(failedAgain);
}, 90_000);
