import { credentials } from '@grpc/grpc-js';
import { type Message, PubSub, type Subscription, v1 } from '@google-cloud/pubsub';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PubSubServer, startPubSub } from './index.ts';

const PROJECT = 'acme-project';

let server: PubSubServer;
let client: PubSub;
let subscriber: v1.SubscriberClient;

beforeAll(async () => {
  server = await startPubSub();
  const [servicePath = '', port] = server.address.split(':');
  client = new PubSub({ projectId: PROJECT, apiEndpoint: server.address, emulatorMode: true });
  const sslCreds = credentials.createInsecure();
  subscriber = new v1.SubscriberClient({ projectId: PROJECT, servicePath, port: Number(port), sslCreds });
});

afterAll(async () => {
  await Promise.all([client.close(), subscriber.close()]);
  await server.close();
});

/** Messages as a subscription brings them, one at a time. */
async function* messagesOf(subscription: Subscription): AsyncGenerator<Message, never> {
  const arrived: Message[] = [];
  let wake = (): void => undefined;
  subscription.on('message', (message) => {
    arrived.push(message);
    wake();
  });
  for (;;) {
    const message = arrived.shift();
    if (message) yield message;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(`http://${server.address}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

test('ackWithResponse tells whether an acknowledgement counted', async () => {
  const [topic] = await client.createTopic('exactly-once');
  const [subscription] = await topic.createSubscription('exactly-once.archive', { enableExactlyOnceDelivery: true });
  await topic.publishMessage({ data: Buffer.from('one') });
  const messages = messagesOf(subscription);
  const { value: first } = await messages.next();
  // Somebody else has the message nacked: the client's own ack id is over.
  const { name } = subscription;
  await subscriber.modifyAckDeadline({ subscription: name, ackIds: [first.ackId], ackDeadlineSeconds: 0 });
  await expect(first.ackWithResponse()).rejects.toMatchObject({ errorCode: 'INVALID' });
  const { value: again } = await messages.next();
  expect(await again.ackWithResponse()).toBe('SUCCESS');
  await subscription.close();
});

test('unary calls and REST name the ack ids that have failed', async () => {
  const [topic] = await client.createTopic('refusing');
  const [{ name }] = await topic.createSubscription('refusing.archive', { enableExactlyOnceDelivery: true });
  const errorInfoMetadata = { 'no-ack-id': 'PERMANENT_FAILURE_INVALID_ACK_ID' };
  const refused = subscriber.acknowledge({ subscription: name, ackIds: ['no-ack-id'] });
  await expect(refused).rejects.toMatchObject({ code: 3, reason: 'EXACTLY_ONCE_ACKID_FAILURE', errorInfoMetadata });
  expect(await post(`${name}:acknowledge`, { ackIds: ['no-ack-id'] })).toMatchObject({
    error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ metadata: errorInfoMetadata }] },
  });
});

test('a subscription is sought to a snapshot, which is listed, updated, guarded and deleted', async () => {
  const [topic] = await client.createTopic('replayed');
  const [subscription] = await topic.createSubscription('replayed.archive');
  await topic.publishMessage({ data: Buffer.from('one') });
  const [snapshot, created] = await subscription.createSnapshot('before-deploy');
  expect(created).toMatchObject({ topic: topic.name });
  const messages = messagesOf(subscription);
  (await messages.next()).value.ack();
  await snapshot.seek();
  expect((await messages.next()).value.data.toString()).toBe('one');
  await subscription.close();
  const { name } = snapshot;
  expect((await client.getSnapshots())[0].map((listed) => listed.name)).toEqual([name]);
  const labels = { tenant: 'acme' };
  const [updated] = await subscriber.updateSnapshot({ snapshot: { name, labels }, updateMask: { paths: ['labels'] } });
  expect(updated).toMatchObject({ labels });
  const bindings = [{ role: 'roles/pubsub.viewer', members: ['user:a@example.com'] }];
  await post(`${name}:setIamPolicy`, { policy: { bindings } });
  const policy = await fetch(`http://${server.address}/v1/${name}:getIamPolicy`);
  expect(await policy.json()).toMatchObject({ bindings });
  await snapshot.delete();
  await expect(subscriber.getSnapshot({ snapshot: name })).rejects.toMatchObject({ code: 5 });
});
