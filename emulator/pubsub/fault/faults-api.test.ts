import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type PubSubServer, startPubSub } from '../index.ts';

const TARGET = 'projects/acme-project/topics/events';

let server: PubSubServer;
let client: PubSub;

beforeAll(async () => {
  server = await startPubSub({ faults: true });
  client = new PubSub({ projectId: 'acme-project', apiEndpoint: server.address, emulatorMode: true });
  await client.createTopic('events');
});
beforeEach(() => call('DELETE', '/faults'));
afterAll(async () => {
  await client.close();
  await server.close();
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://${server.address}${path}`, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

test('rules are set, listed, replaced and taken back', async () => {
  const rule = { target: TARGET, method: 'Publish', code: 'UNAVAILABLE', times: 3 };
  expect(await call('PUT', '/faults/failing', rule)).toEqual({
    status: 200,
    body: { id: 'failing', ...rule, applied: 0 },
  });
  await call('PUT', '/faults/failing', { ...rule, times: 5 });
  expect(await call('GET', '/faults')).toMatchObject({ body: { faults: [{ id: 'failing', times: 5 }] } });
  expect(await call('DELETE', '/faults/failing')).toMatchObject({ status: 200 });
  expect(await call('DELETE', '/faults/failing')).toMatchObject({ status: 404 });
  expect(await call('GET', '/faults')).toMatchObject({ body: { faults: [] } });
});

test.each([
  ['PUT', '/faults/x', { target: '*', probability: 2, code: 'UNAVAILABLE' }, 400, 'probability'],
  ['PUT', '/faults/x', { target: '*' }, 400, 'needs one of'],
  ['PUT', '/faults/x', 'latency', 400, 'not JSON'],
  ['PUT', '/faults/x/y', { target: '*', outage: true }, 400, 'id'],
  ['PUT', '/faults', { target: '*', outage: true }, 404, 'There is no PUT /faults'],
  ['POST', '/faults/x', { target: '*', outage: true }, 404, 'There is no POST'],
])('%s %s with %j is refused', async (method, path, body, status, reason) => {
  const answer = await call(method, path, body);
  expect(answer.status).toBe(status);
  expect(JSON.stringify(answer.body)).toContain(reason);
});

test("Google's client meets the code that was asked for over gRPC, and curl over REST", async () => {
  await call('PUT', '/faults/denied', { target: TARGET, code: 'PERMISSION_DENIED', times: 2 });
  await expect(client.topic('events').getMetadata()).rejects.toMatchObject({ code: 7 });
  expect(await call('GET', `/v1/${TARGET}`)).toMatchObject({ status: 403 });
  await client.topic('events').getMetadata();
});

test('an outage is over when it is taken back', async () => {
  await call('PUT', '/faults/outage', { target: TARGET, outage: true });
  expect(await call('GET', `/v1/${TARGET}`)).toMatchObject({ status: 503 });
  await call('DELETE', '/faults/outage');
  expect(await call('GET', `/v1/${TARGET}`)).toMatchObject({ status: 200 });
  await client.topic('events').getMetadata();
});

test("Google's client publishes through refusals, and gets each message in spite of lost acknowledgements", async () => {
  const [subscription] = await client.topic('events').createSubscription('events.archive', { ackDeadlineSeconds: 10 });
  await call('PUT', '/faults/refused', { target: TARGET, method: 'Publish', code: 'UNAVAILABLE', times: 3 });
  await call('PUT', '/faults/duplicated', { target: subscription.name, duplicateDeliveries: 1, times: 5 });
  const deliveries = new Map<string, number>();
  let count = 0;
  const done = new Promise<void>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message) => {
      deliveries.set(message.id, (deliveries.get(message.id) ?? 0) + 1);
      message.ack();
      if (++count === 25) resolve();
    });
  });
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, index) => client.topic('events').publishMessage({ data: Buffer.from(`${index}`) })),
  );
  await done;
  await subscription.close();
  expect([...deliveries.keys()].sort()).toEqual(ids.sort());
  const { body } = await call('GET', '/faults');
  expect(body).toMatchObject({
    faults: [
      { id: 'refused', applied: 3 },
      { id: 'duplicated', applied: 5 },
    ],
  });
});

test('a server without faults has no such API', async () => {
  const plain = await startPubSub();
  const response = await fetch(`http://${plain.address}/faults`);
  expect(response.status).toBe(404);
  await plain.close();
});
