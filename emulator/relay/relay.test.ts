import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PubSubServer, startPubSub } from '#emulator/pubsub/index.ts';
import { connectPubSub, type PubSubClients } from '#emulator/pulumi/resources/pubsub-clients.ts';
import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';
import { type RelayServer, startRelay } from './index.ts';

const PROJECT = 'relay-test';
const TOPIC = `projects/${PROJECT}/topics/acme.events`;
const DEAD_LETTER_TOPIC = `projects/${PROJECT}/topics/acme.dead-letter`;
const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/acme.events.decide`;
const DEAD_LETTERS = `projects/${PROJECT}/subscriptions/acme.dead-letter.inspect`;

interface Envelope {
  readonly message: { readonly data: string; readonly attributes?: Record<string, string>; readonly messageId: string };
  readonly subscription: string;
  readonly deliveryAttempt?: number;
}

let pubsub: PubSubServer;
let clients: PubSubClients;
let relay: RelayServer;
/** What the endpoint is called with; a test says what it answers. */
let endpoint: HttpServer;
let answer: (request: Request) => Response | Promise<Response>;

beforeEach(async () => {
  answer = () => new Response(null, { status: 204 });
  endpoint = await serveHttp((request) => answer(request));
  // To the relay it is a server that can only be pulled.
  pubsub = await startPubSub({ backoffScale: 0.0001 });
  clients = connectPubSub(pubsub.address, PROJECT);
  relay = await startRelay({ pubsub: pubsub.address, projectId: PROJECT, bigqueryUrl: endpoint.url, backoffScale: 0 });
  await clients.publisher.createTopic({ name: TOPIC });
  await clients.publisher.createTopic({ name: DEAD_LETTER_TOPIC });
  await clients.subscriber.createSubscription({ name: DEAD_LETTERS, topic: DEAD_LETTER_TOPIC });
  await clients.subscriber.createSubscription({
    name: SUBSCRIPTION,
    topic: TOPIC,
    enableMessageOrdering: true,
    deadLetterPolicy: { deadLetterTopic: DEAD_LETTER_TOPIC, maxDeliveryAttempts: 5 },
  });
});
afterEach(async () => {
  await relay.close();
  await clients.close();
  await pubsub.close();
  await endpoint.close();
});

const put = async (config: object, id = 'acme.events.decide'): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${relay.url}/subscriptions/${id}`, {
    method: 'PUT',
    body: JSON.stringify({
      name: SUBSCRIPTION,
      topic: TOPIC,
      deadLetterPolicy: { deadLetterTopic: DEAD_LETTER_TOPIC, maxDeliveryAttempts: 5 },
      ...config,
    }),
  });
  return { status: response.status, text: await response.text() };
};
const publish = (...messages: { data: string; attributes?: Record<string, string>; orderingKey?: string }[]) =>
  clients.publisher.publish({
    topic: TOPIC,
    messages: messages.map(({ data, ...rest }) => ({ data: Buffer.from(data), ...rest })),
  });
const pull = async (subscription: string): Promise<{ data: string; attributes: Record<string, string> }[]> => {
  const [{ receivedMessages }] = await clients.subscriber.pull({ subscription, maxMessages: 10 }, { timeout: 5_000 });
  return (receivedMessages ?? []).map(({ message }) => ({
    data: Buffer.from((message?.data as Uint8Array) ?? []).toString(),
    attributes: message?.attributes ?? {},
  }));
};
const dataOf = ({ message }: Envelope): string => Buffer.from(message.data, 'base64').toString();

/** Collects pushes, and waits for so many of them. */
function pushes(status: (envelope: Envelope) => number): {
  readonly seen: Envelope[];
  readonly headers: Headers[];
  atLeast(count: number): Promise<void>;
} {
  const seen: Envelope[] = [];
  const headers: Headers[] = [];
  const events = new EventEmitter();
  answer = async (request) => {
    const envelope = (await request.json()) as Envelope;
    seen.push(envelope);
    headers.push(request.headers);
    events.emit('push');
    return new Response(null, { status: status(envelope) });
  };
  return {
    seen,
    headers,
    atLeast: async (count) => {
      while (seen.length < count) await once(events, 'push');
    },
  };
}

test('a push carries the envelope, and a token that the keys of the relay verify', async () => {
  const pushed = pushes(() => 202);
  const oidcToken = { serviceAccountEmail: 'acme@relay-test.iam.gserviceaccount.com', audience: 'https://decide' };
  await put({ pushConfig: { pushEndpoint: `${endpoint.url}/push`, oidcToken } });
  await publish({ data: 'hello', attributes: { type: 'order.placed' } });
  await pushed.atLeast(1);
  expect(pushed.seen[0]).toMatchObject({
    message: { data: Buffer.from('hello').toString('base64'), attributes: { type: 'order.placed' } },
    subscription: SUBSCRIPTION,
    deliveryAttempt: 1,
  });
  const keys = createRemoteJWKSet(new URL(`${relay.url}/oauth2/v3/certs`));
  const token = (pushed.headers[0]?.get('authorization') ?? '').replace('Bearer ', '');
  const { payload } = await jwtVerify(token, keys, { audience: oidcToken.audience });
  expect(payload).toMatchObject({ email: oidcToken.serviceAccountEmail, email_verified: true });
});

test('what the endpoint refuses comes again, and in the end is a dead letter; what it takes does not', async () => {
  const pushed = pushes((envelope) => (dataOf(envelope) === 'poison' ? 500 : 204));
  await put({ pushConfig: { pushEndpoint: endpoint.url } });
  await publish({ data: 'poison' }, { data: 'healthy' });
  expect(await pull(DEAD_LETTERS)).toMatchObject([{ data: 'poison' }]);
  const attempts = pushed.seen.filter((envelope) => dataOf(envelope) === 'poison');
  expect(attempts.map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
  expect(pushed.seen.filter((envelope) => dataOf(envelope) === 'healthy')).toHaveLength(1);
});

test('a message that does not match the filter is acknowledged unseen', async () => {
  const pushed = pushes(() => 204);
  await put({ pushConfig: { pushEndpoint: endpoint.url }, filter: 'attributes.type = "a"' });
  await publish({ data: '1', attributes: { type: 'b' } }, { data: '2', attributes: { type: 'a' } });
  await pushed.atLeast(1);
  expect(pushed.seen.map(dataOf)).toEqual(['2']);
  await relay.close();
  await publish({ data: '3' });
  expect(await pull(SUBSCRIPTION)).toMatchObject([{ data: '3' }]);
});

test('messages of one ordering key are pushed one after the other, also over a failure', async () => {
  let failed = false;
  let underWay = 0;
  const pushed = pushes((envelope) => {
    const fails = dataOf(envelope) === '2' && !failed;
    failed ||= fails;
    return fails ? 503 : 204;
  });
  const respond = answer;
  answer = async (request) => {
    expect(++underWay).toBe(1);
    const response = await respond(request);
    await new Promise(setImmediate);
    underWay--;
    return response;
  };
  await put({ pushConfig: { pushEndpoint: endpoint.url }, enableMessageOrdering: true });
  await publish(...['1', '2', '3', '4'].map((data) => ({ data, orderingKey: 'k' })));
  await pushed.atLeast(5);
  expect(pushed.seen.map(dataOf)).toEqual(['1', '2', '2', '3', '4']);
});

test('rows are written through the transform; one that is refused for good is a dead letter with its reason', async () => {
  const rows: Record<string, unknown>[] = [];
  const columns = ['id', 'subscription_name', 'message_id', 'publish_time', 'attributes'];
  answer = async (request) => {
    if (request.method === 'GET') {
      return Response.json({ schema: { fields: columns.map((name) => ({ name, type: 'STRING' })) } });
    }
    const inserted = ((await request.json()) as { rows: { json: Record<string, unknown> }[] }).rows;
    const refused = inserted.flatMap(({ json }, index) => (json['id'] === 'bad' ? [index] : []));
    rows.push(...inserted.filter(({ json }) => json['id'] !== 'bad').map(({ json }) => json));
    const errors = [{ reason: 'invalid', location: 'id', message: 'no such id' }];
    return Response.json({ insertErrors: refused.map((index) => ({ index, errors })) });
  };
  const code = `function row(message) {
    if (message.data === 'throw') throw new Error('data: unreadable');
    return { data: JSON.stringify({ id: message.data }), attributes: message.attributes };
  }`;
  await put({
    bigqueryConfig: { table: `${PROJECT}.acme.events`, useTableSchema: true, writeMetadata: true },
    messageTransforms: [{ javascriptUdf: { functionName: 'row', code } }],
  });
  await publish({ data: 'good', attributes: { k: 'v' } }, { data: 'bad' }, { data: 'throw' });

  const letters = [...(await pull(DEAD_LETTERS)), ...(await pull(DEAD_LETTERS))];
  expect(letters.sort((a, b) => a.data.localeCompare(b.data))).toMatchObject([
    { data: 'bad', attributes: { CloudPubSubDeadLetterSourceDeliveryErrorMessage: 'id: no such id' } },
    { data: 'throw', attributes: { CloudPubSubDeadLetterSourceDeliveryErrorMessage: 'row: Error: data: unreadable' } },
  ]);
  expect(letters[0]?.attributes).toMatchObject({
    CloudPubSubDeadLetterSourceSubscription: 'acme.events.decide',
    CloudPubSubDeadLetterSourceSubscriptionProject: PROJECT,
    CloudPubSubDeadLetterSourceDeliveryCount: '5',
  });
  expect(rows).toEqual([
    {
      id: 'good',
      subscription_name: SUBSCRIPTION,
      message_id: expect.stringMatching(/^\d+$/),
      publish_time: expect.stringMatching(/Z$/),
      attributes: '{"k":"v"}',
    },
  ]);
});

test('PUT again: the new endpoint has the messages; DELETE: nobody has', async () => {
  const paths: string[] = [];
  const pushed = pushes(() => 204);
  const respond = answer;
  answer = (request) => {
    paths.push(new URL(request.url).pathname);
    return respond(request);
  };
  await put({ pushConfig: { pushEndpoint: `${endpoint.url}/first` } });
  await publish({ data: '1' });
  await pushed.atLeast(1);
  await put({ pushConfig: { pushEndpoint: `${endpoint.url}/second` } });
  await publish({ data: '2' });
  await pushed.atLeast(2);
  expect(paths).toEqual(['/first', '/second']);
  await fetch(`${relay.url}/subscriptions/acme.events.decide`, { method: 'DELETE' });
  await publish({ data: '3' });
  expect(await pull(SUBSCRIPTION)).toMatchObject([{ data: '3' }]);
  expect(pushed.seen).toHaveLength(2);
});

test('what cannot be relayed is refused, naming the field', async () => {
  const refusals = [
    await put({ pushConfig: { pushEndpoint: 'nowhere' } }),
    await put({ pushConfig: { pushEndpoint: endpoint.url } }, 'another'),
    await put({
      bigqueryConfig: { table: 'p.d.t' },
      messageTransforms: [{ javascriptUdf: { functionName: 'row', code: 'function row(' } }],
    }),
  ];
  expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400]);
  expect(refusals.map(({ text }) => text)).toEqual([
    expect.stringContaining('push endpoint'),
    expect.stringContaining('name'),
    expect.stringContaining('does not compile'),
  ]);
});

test('it closes although an endpoint never answers, and the message is still there', async () => {
  const calls = new EventEmitter();
  answer = () => {
    calls.emit('call');
    return new Promise<Response>(() => undefined);
  };
  const called = once(calls, 'call');
  await put({ pushConfig: { pushEndpoint: endpoint.url } });
  await publish({ data: '1' });
  await called;
  await relay.close();
  expect(await pull(SUBSCRIPTION)).toMatchObject([{ data: '1' }]);
});
