import { credentials } from '@grpc/grpc-js';
import { v1 } from '@google-cloud/pubsub';
import { PassThroughClient } from 'google-auth-library';
import { expect, test } from 'vitest';
import { startPubSub } from '../index.ts';

const PROJECT = 'projects/acme-project';

test('what goes in over REST comes out over gRPC, and the other way round', async () => {
  const server = await startPubSub();
  const [servicePath = '', port] = server.address.split(':');
  const address = { servicePath, port: Number(port), projectId: 'acme-project' };
  const grpc = { ...address, sslCreds: credentials.createInsecure() };
  // Google's own REST client: the same class, told not to use gRPC.
  const rest = { ...address, fallback: true, protocol: 'http', authClient: new PassThroughClient() };
  const topic = `${PROJECT}/topics/both`;
  const subscription = `${PROJECT}/subscriptions/both.archive`;
  const messages = [
    { data: Buffer.from([0, 255, 254, 10]), attributes: { ä: '☃', __proto: 'x' }, orderingKey: 'k' },
    { attributes: { only: 'attributes' } },
  ];
  const clients = [new v1.PublisherClient(grpc), new v1.PublisherClient(rest)] as const;
  const subscribers = [new v1.SubscriberClient(grpc), new v1.SubscriberClient(rest)] as const;
  const [overGrpc, overRest] = clients;
  await overRest.createTopic({ name: topic, labels: { made: 'rest' }, messageRetentionDuration: { seconds: 600 } });
  await subscribers[0].createSubscription({
    name: subscription,
    topic,
    enableMessageOrdering: true,
    expirationPolicy: {},
    retryPolicy: { minimumBackoff: { seconds: 1, nanos: 500_000_000 } },
    bigqueryConfig: null,
  });
  expect((await overRest.getTopic({ topic }))[0]).toEqual((await overGrpc.getTopic({ topic }))[0]);
  const [described, same] = await Promise.all(subscribers.map((client) => client.getSubscription({ subscription })));
  expect(same?.[0]).toEqual(described?.[0]);
  expect(described?.[0].retryPolicy?.minimumBackoff).toEqual({ seconds: '1', nanos: 500_000_000 });

  for (const [publisher, subscriber] of [
    [overGrpc, subscribers[1]],
    [overRest, subscribers[0]],
  ] as const) {
    const [{ messageIds }] = await publisher.publish({ topic, messages });
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 10 });
    const received = (receivedMessages ?? []).map(({ ackId, message }) => ({ ackId, ...message }));
    expect(received).toMatchObject([
      { messageId: messageIds?.[0], orderingKey: 'k', attributes: messages[0]?.attributes },
      { messageId: messageIds?.[1], orderingKey: '', attributes: messages[1]?.attributes },
    ]);
    expect(Buffer.from(received[0]?.data as Uint8Array)).toEqual(messages[0]?.data);
    await subscriber.acknowledge({ subscription, ackIds: received.map(({ ackId }) => ackId ?? '') });
  }
  for (const publisher of clients) {
    const missing = publisher.getTopic({ topic: `${PROJECT}/topics/missing` });
    await expect(missing).rejects.toMatchObject({
      code: 5,
      message: expect.stringContaining('Resource not found') as unknown,
    });
  }
  await Promise.all([...clients, ...subscribers].map((client) => client.close()));
  await server.close();
});
