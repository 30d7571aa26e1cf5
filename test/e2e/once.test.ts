import { randomUUID } from 'node:crypto';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Api, apiOf, Results } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { CAN_FAIL, setFault } from '#test/stack/faults.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';

const WITHIN_MS = 20_000;

let stack: TestStack;
let another: FunctionsInstance;
let pubsub: PubSub;
let ask: ReturnType<typeof warehouseOf>;
/** `acme` on two instances. */
let instances: [Api, Api];

async function addTenant(tenant: string, settings: Record<string, unknown>): Promise<void> {
  stack.tenants[tenant] = { apiKey: await onboard(await controlUrlOf(stack.directory), tenant, settings) };
}

beforeAll(async () => {
  stack = await startStack({}, ['--faults']);
  await addTenant('hooli', { deduplication: '24h' });
  another = await startFunctionsInstance(stack, 'node');
  instances = [apiOf(stack, 'acme'), apiOf({ ...stack, api: another.url }, 'acme')];
  pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  ask = warehouseOf(stack);
});
afterAll(async () => {
  await pubsub.close();
  await another.end();
  await stack.stop();
});

const key = (): Record<string, string> => ({ 'idempotency-key': `"${randomUUID()}"` });
const withoutId = (subject: string): Record<string, unknown> => {
  const { id: _id, ...event } = anEvent({ subject });
  return event;
};
const statusesOf = ({ body }: Answer): (string | undefined)[] =>
  Results.parse(body).results.map(({ status }) => status);
const rowsOf = (table: string, subject: string): Promise<Record<string, unknown>[]> =>
  ask(`SELECT event_id FROM ${table} WHERE subject = @subject`, { subject });

describe('Idempotency-Key', () => {
  test('a request that is sent again, to another instance, has the same answer and is published once', async () => {
    const subject = `cus_${randomUUID()}`;
    const [body, headers] = [[withoutId(subject), { type: 'x' }], key()];
    const first = await instances[0].post('/v1/events', body, headers);
    expect([first.status, statusesOf(first)]).toEqual([202, ['accepted', 'rejected']]);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const again = await instances[1].post('/v1/events', body, headers);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    await instances[0].post('/v1/events', anEvent({ subject }));
    await eventually(
      () => rowsOf('acme.events', subject),
      (rows) => rows.length >= 2,
      WITHIN_MS,
    );
    expect(await rowsOf('acme.events', subject)).toHaveLength(2);
  });

  test('a refusal of all that came is given again', async () => {
    const [body, headers] = [[{ id: 'evt_1' }], key()];
    const first = await instances[0].post('/v1/events', body, headers);
    const again = await instances[1].post('/v1/events', body, headers);
    expect(first.status).toBe(422);
    expect([again.status, again.body, again.headers.get('cache-control')]).toEqual([422, first.body, 'no-store']);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  test('another body under the key is refused; at another endpoint, and for another tenant, it is another request', async () => {
    const headers = key();
    await instances[0].post('/v1/events', anEvent(), headers);
    const reused = await instances[1].post('/v1/events', anEvent(), headers);
    expect([reused.status, reused.body['code']]).toEqual([422, 'idempotency_key_reused']);
    const properties = { subject: 'cus_1', properties: { a: 1 } };
    expect((await instances[0].post('/v1/user-properties', properties, headers)).status).toBe(202);
    const globex = await apiOf(stack, 'globex').post('/v1/events', anEvent(), headers);
    expect([globex.status, globex.headers.get('idempotent-replayed')]).toEqual([202, null]);
  });

  test.skipIf(!CAN_FAIL)('while it is processed, the same request is told to come back', async () => {
    const headers = key();
    const body = anEvent();
    const topic = `projects/${stack.project}/topics/acme.events`;
    await setFault(stack, 'slow', { target: topic, method: 'Publish', latencyMs: 1_500 });
    const answers = await Promise.all(instances.map((instance) => instance.post('/v1/events', body, headers)));
    await setFault(stack, 'slow', undefined);
    const [first, second] = answers.toSorted((a, b) => a.status - b.status);
    expect(first!.status).toBe(202);
    expect([second!.status, second!.body['code'], second!.headers.get('retry-after')]).toEqual([
      409,
      'idempotency_key_in_flight',
      '1',
    ]);
    const again = await instances[1].post('/v1/events', body, headers);
    expect([again.headers.get('idempotent-replayed'), again.body]).toEqual(['true', first!.body]);
  });

  test.skipIf(!CAN_FAIL)(
    'what was not handed on frees the key, and has the same ids when it is sent again',
    async () => {
      const subject = `cus_${randomUUID()}`;
      const [body, headers] = [[withoutId(subject), withoutId(subject)], key()];
      const topic = `projects/${stack.project}/topics/acme.events`;
      await setFault(stack, 'denied', { target: topic, method: 'Publish', code: 'PERMISSION_DENIED' });
      const refused = await instances[0].post('/v1/events', body, headers);
      await setFault(stack, 'denied', undefined);
      expect([refused.status, refused.body['code']]).toEqual([503, 'publish_unavailable']);
      const accepted = await instances[1].post('/v1/events', body, headers);
      expect([accepted.status, accepted.headers.get('idempotent-replayed')]).toEqual([202, null]);
      const ids = (answer: Answer): unknown[] => (answer.body['results'] as { id: string }[]).map(({ id }) => id);
      expect(ids(accepted)).toEqual(ids(refused));
    },
  );
});

describe('a tenant that asks for de-duplication', () => {
  test.each([
    ['/v1/events', () => anEvent()],
    ['/v1/user-properties', () => ({ id: `upr_${randomUUID()}`, subject: 'cus_1', properties: { a: 1 } })],
  ])('%s: what came before is a duplicate on every instance, and is published once', async (path, make) => {
    const apis = [apiOf(stack, 'hooli'), apiOf({ ...stack, api: another.url }, 'hooli')] as const;
    const [known, fresh] = [make(), make()];
    expect(statusesOf(await apis[0].post(path, known))).toEqual(['accepted']);
    expect(statusesOf(await apis[0].post(path, [fresh, known]))).toEqual(['accepted', 'duplicate']);
    expect(statusesOf(await apis[1].post(path, [known, fresh, make()]))).toEqual([
      'duplicate',
      'duplicate',
      'accepted',
    ]);
  });

  test('2,500 events at a time', async () => {
    const apis = [apiOf(stack, 'hooli'), apiOf({ ...stack, api: another.url }, 'hooli')] as const;
    const events = Array.from({ length: 2_500 }, () => anEvent());
    expect(new Set(statusesOf(await apis[0].post('/v1/events', events)))).toEqual(new Set(['accepted']));
    // On a busy machine memory may be given up for once.
    await eventually(
      async () => new Set(statusesOf(await apis[1].post('/v1/events', events))),
      (statuses) => statuses.size === 1 && statuses.has('duplicate'),
      WITHIN_MS,
    );
  });

  test.skipIf(!CAN_FAIL)('what Pub/Sub did not take is not marked', async () => {
    const hooli = apiOf(stack, 'hooli');
    const event = anEvent();
    const topic = `projects/${stack.project}/topics/hooli.events`;
    await setFault(stack, 'denied', { target: topic, method: 'Publish', code: 'PERMISSION_DENIED' });
    expect((await hooli.post('/v1/events', event)).status).toBe(503);
    await setFault(stack, 'denied', undefined);
    expect(statusesOf(await hooli.post('/v1/events', event))).toEqual(['accepted']);
  });

  test('the others are not asked for', async () => {
    const event = anEvent();
    await instances[0].post('/v1/events', event);
    expect(statusesOf(await instances[0].post('/v1/events', event))).toEqual(['accepted']);
  });
});

describe('what Pub/Sub refuses for good', () => {
  const schemaId = `only-answers-${randomUUID()}`;

  beforeAll(async () => {
    await addTenant('umbrella', {});
    const string = (name: string): object => ({ name, type: 'string' });
    const data = { name: 'data', type: { type: 'record', name: 'Data', fields: [{ name: 'answer', type: 'int' }] } };
    const names = ['id', 'type', 'version', 'timestamp', 'received_at', 'tenant_id', 'subject'];
    const definition = JSON.stringify({ type: 'record', name: 'Event', fields: [...names.map(string), data] });
    await pubsub.createSchema(schemaId, 'AVRO', definition);
    await pubsub.topic('umbrella.events').setMetadata({
      schemaSettings: { schema: `projects/${stack.project}/schemas/${schemaId}`, encoding: 'JSON' },
    });
  });

  test('is rejected, and found with its reason in failed_events and by whoever inspects; its neighbours are accepted', async () => {
    const umbrella = apiOf(stack, 'umbrella');
    const events = [{ answer: 1 }, { question: 'why' }, { answer: 3 }].map((data) => anEvent({ data }));
    const answer = await umbrella.post('/v1/events', events);
    expect([answer.status, statusesOf(answer)]).toEqual([202, ['accepted', 'rejected', 'accepted']]);
    const { error } = Results.parse(answer.body).results[1]!;
    expect(error).toMatchObject({ code: 'publish_refused' });

    const id = events[1]!['id'];
    const [row] = await eventually(
      () => ask('SELECT * FROM umbrella.failed_events WHERE event_id = @id', { id }),
      (rows) => rows.length > 0,
      WITHIN_MS,
    );
    expect(row).toMatchObject({ event_id: id, tenant_id: 'umbrella', stream: 'events', reason: error!.message });
    expect(JSON.parse(String(row!['data']))).toMatchObject(events[1]!);

    const inspected = Promise.withResolvers<Record<string, string>>();
    const subscription = pubsub.subscription('umbrella.dead-letter.inspect');
    subscription.on('message', (message) => {
      message.ack();
      if (message.attributes['event_id'] === id) inspected.resolve(message.attributes);
    });
    expect(await inspected.promise).toMatchObject({ reason: error!.message, source_topic: 'umbrella.events' });
    await subscription.close();

    const accepted = await eventually(
      () => ask('SELECT event_id FROM umbrella.unique_events'),
      (rows) => rows.length >= 2,
      WITHIN_MS,
    );
    expect(new Set(accepted.map((each) => each['event_id']))).toEqual(new Set([events[0]!['id'], events[2]!['id']]));
  });

  test('is kept once, however often the request is sent with the same Idempotency-Key', async () => {
    const umbrella = apiOf(stack, 'umbrella');
    const [event, headers] = [anEvent({ data: { no: 'answer' } }), key()];
    const first = await umbrella.post('/v1/events', event, headers);
    expect([first.status, first.body['code']]).toEqual([422, 'all_events_invalid']);
    const again = await umbrella.post('/v1/events', event, headers);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([422, 'true']);
    const count = async (): Promise<number> =>
      (await ask('SELECT event_id FROM umbrella.failed_events WHERE event_id = @id', { id: event['id'] })).length;
    expect(await eventually(count, (rows) => rows > 0, WITHIN_MS)).toBe(1);
  });
});

describe('a topic that is deleted under us', () => {
  test('nothing is called accepted until it is back', async () => {
    await addTenant('initech', {});
    const initech = apiOf(stack, 'initech');
    const topic = pubsub.topic('initech.events');
    const [metadata] = await topic.getMetadata();
    const event = anEvent();
    expect((await initech.post('/v1/events', anEvent())).status).toBe(202);
    await topic.delete();
    const refused = await initech.post('/v1/events', [event, anEvent()]);
    expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([
      503,
      'publish_unavailable',
      '1',
    ]);
    const [first] = refused.body['results'] as { status: string; error: { code: string } }[];
    expect([first?.status, first?.error.code]).toEqual(['retry', 'publish_unavailable']);
    expect((await apiOf(stack, 'globex').post('/v1/events', anEvent())).status).toBe(202);

    await pubsub.createTopic({ name: topic.name, labels: metadata.labels ?? {} });
    const back = await eventually(
      () => initech.post('/v1/events', event),
      ({ status }) => status !== 503,
      WITHIN_MS,
    );
    expect([back.status, statusesOf(back)]).toEqual([202, ['accepted']]);
  });
});
