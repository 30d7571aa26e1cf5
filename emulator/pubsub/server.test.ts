import { createServer, type Server } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { credentials } from '@grpc/grpc-js';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PubSubServer, startPubSub } from './index.ts';

const PROJECT = 'acme-project';

let server: PubSubServer;
let client: PubSub;
let publisher: v1.PublisherClient;
let subscriber: v1.SubscriberClient;
let endpoint: Server | undefined;

beforeAll(async () => {
  server = await startPubSub({ backoffScale: 0.01 });
  const [servicePath = '', port] = server.address.split(':');
  const sslCreds = credentials.createInsecure();
  client = new PubSub({ projectId: PROJECT, apiEndpoint: server.address, emulatorMode: true });
  publisher = new v1.PublisherClient({ projectId: PROJECT, servicePath, port: Number(port), sslCreds });
  subscriber = new v1.SubscriberClient({ projectId: PROJECT, servicePath, port: Number(port), sslCreds });
});

afterAll(async () => {
  endpoint?.close();
  await Promise.all([client.close(), publisher.close(), subscriber.close()]);
  await server.close();
});

test("Google's client publishes, and receives all of it over streaming pull", async () => {
  const [topic] = await client.createTopic('events');
  const [subscription] = await topic.createSubscription('events.archive');
  const sent = Array.from({ length: 500 }, (_, index) => `message ${index}`);
  const received = new Set<string>();
  const done = new Promise<void>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message) => {
      received.add(message.data.toString());
      expect(message.attributes).toEqual({ type: 'a' });
      expect(message.publishTime.getTime()).toBeGreaterThan(Date.now() - 60_000);
      message.ack();
      if (received.size === sent.length) resolve();
    });
  });
  const ids = await Promise.all(
    sent.map((text) => topic.publishMessage({ data: Buffer.from(text), attributes: { type: 'a' } })),
  );
  await done;
  await subscription.close();
  expect(new Set(ids).size).toBe(sent.length);
  expect([...received].sort()).toEqual(sent.sort());
});

test('a nacked message comes again, and becomes a dead letter in the end', async () => {
  const [topic] = await client.createTopic('failing');
  const [deadLetters] = await client.createTopic('failing.dead-letter');
  const [inspect] = await deadLetters.createSubscription('failing.inspect');
  const [subscription] = await topic.createSubscription('failing.worker', {
    deadLetterPolicy: { deadLetterTopic: deadLetters.name, maxDeliveryAttempts: 5 },
    retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 10 } },
  });
  const attempts: number[] = [];
  subscription.on('message', (message) => {
    attempts.push(message.deliveryAttempt);
    message.nack();
  });
  const letter = new Promise<Record<string, string>>((resolve, reject) => {
    inspect.on('error', reject);
    inspect.on('message', (message) => {
      message.ack();
      resolve(message.attributes);
    });
  });
  await topic.publishMessage({ data: Buffer.from('bad') });
  expect(await letter).toMatchObject({
    CloudPubSubDeadLetterSourceDeliveryCount: '5',
    CloudPubSubDeadLetterSourceSubscription: 'failing.worker',
  });
  expect(attempts).toEqual([1, 2, 3, 4, 5]);
  await Promise.all([subscription.close(), inspect.close()]);
});

test('a push carries a token that google-auth-library verifies with the keys the server publishes', async () => {
  const audience = 'https://decide.example.com';
  const serviceAccountEmail = 'acme@acme-project.iam.gserviceaccount.com';
  const pushed = new Promise<{ authorization: string; body: string }>((resolve) => {
    endpoint = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        resolve({ authorization: request.headers.authorization ?? '', body: Buffer.concat(chunks).toString() });
        response.writeHead(204, { connection: 'close' }).end();
      });
    });
  });
  await new Promise<void>((resolve) => endpoint?.listen(0, '127.0.0.1', resolve));
  const { port } = endpoint!.address() as AddressInfo;
  const [topic] = await client.createTopic('pushed');
  await topic.createSubscription('pushed.decide', {
    pushConfig: { pushEndpoint: `http://127.0.0.1:${port}/push`, oidcToken: { serviceAccountEmail, audience } },
  });
  await topic.publishMessage({ data: Buffer.from('hello') });
  const { authorization, body } = await pushed;
  expect(JSON.parse(body)).toMatchObject({
    message: { data: Buffer.from('hello').toString('base64') },
    subscription: `projects/${PROJECT}/subscriptions/pushed.decide`,
  });
  const certificates = (await (await fetch(`http://${server.address}/oauth2/v1/certs`)).json()) as Record<
    string,
    string
  >;
  const verifier = new OAuth2Client();
  const ticket = await verifier.verifySignedJwtWithCertsAsync(
    authorization.replace('Bearer ', ''),
    certificates,
    audience,
    ['https://accounts.google.com'],
  );
  expect(ticket.getPayload()).toMatchObject({ email: serviceAccountEmail, email_verified: true });
});

test('a unary pull ends a little before its caller stops waiting, with nothing', async () => {
  const topic = `projects/${PROJECT}/topics/quiet`;
  const subscription = `projects/${PROJECT}/subscriptions/quiet.archive`;
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscription, topic });
  const [response] = await subscriber.pull({ subscription, maxMessages: 10 }, { timeout: 300 });
  expect(response.receivedMessages).toEqual([]);
});

test('refusals are gRPC statuses in the words of the service', async () => {
  await expect(client.topic('missing').get()).rejects.toMatchObject({
    code: 5,
    details: 'Resource not found (resource=missing).',
  });
  await expect(publisher.publish({ topic: 'nonsense', messages: [{ data: 'eA==' }] })).rejects.toMatchObject({
    code: 3,
    details: 'Invalid [topics] name: (name=nonsense)',
  });
});

test('IAM policies of topics and subscriptions are kept, and guarded by their etag', async () => {
  const [topic] = await client.createTopic('guarded');
  const bindings = [{ role: 'roles/pubsub.publisher', members: ['serviceAccount:acme@p.iam.gserviceaccount.com'] }];
  const [before] = await topic.iam.getPolicy();
  const [after] = await topic.iam.setPolicy({ ...before, bindings });
  expect(after.bindings).toMatchObject(bindings);
  expect((await topic.iam.getPolicy())[0].bindings).toMatchObject(bindings);
  await expect(topic.iam.setPolicy({ ...before, bindings: [] })).rejects.toMatchObject({ code: 10 });
  expect((await topic.iam.testPermissions(['pubsub.topics.publish']))[0]).toEqual({ 'pubsub.topics.publish': true });
  await topic.delete();
  await client.createTopic('guarded');
  expect((await topic.iam.getPolicy())[0].bindings).toEqual([]);
});

test('over HTTP/1 on the same port, what is not there is a 404 in the form of the API', async () => {
  const response = await fetch(`http://${server.address}/v1/nothing`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
  const keys = (await (await fetch(`http://${server.address}/oauth2/v3/certs`)).json()) as { keys: object[] };
  expect(keys.keys).toMatchObject([{ kty: 'RSA', alg: 'RS256', use: 'sig' }]);
});

test('a client may send the largest publish request without waiting for an answer on the way', async () => {
  const session = connect(`http://${server.address}`);
  await new Promise<void>((resolve, reject) => void session.on('error', reject).on('connect', resolve));
  const ping = (): Promise<void> =>
    new Promise((resolve, reject) => void session.ping((error) => (error ? reject(error) : resolve())));
  const largest = 10 * 1024 * 1024;
  await vi.waitFor(async () => {
    await ping();
    expect(session.remoteSettings.initialWindowSize).toBeGreaterThan(largest);
    expect(session.state.remoteWindowSize).toBeGreaterThan(largest);
  });
  session.close();
});
