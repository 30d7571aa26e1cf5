import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../clock/clock.ts';
import { type PubSubServer, startPubSub } from '../index.ts';
import { loadDescriptors } from '../protocol/descriptors.ts';
import { notFound } from '../protocol/status.ts';
import type { Call, UnaryHandlers } from '../rpc.ts';
import { unaryRpcsOf } from '../server/unary-rpc.ts';
import { createRestApi } from './rest-api.ts';

const PROJECT = 'projects/acme-project';
const TOPIC = `${PROJECT}/topics/events`;
const SUBSCRIPTION = `${PROJECT}/subscriptions/events.archive`;
const anyString: unknown = expect.any(String);
const anyStringWith = (text: string): unknown => expect.stringContaining(text);

let server: PubSubServer;
const faults: string[] = [];

beforeAll(async () => {
  server = await startPubSub({ log: (fault) => faults.push(fault) });
});

afterAll(async () => {
  await server.close();
});

const refusal = (code: number, status: string, message: string): object => ({
  error: expect.objectContaining({ code, status, message: anyStringWith(message) }) as unknown,
});

/** @param path below the API's version, as the reference has it */
async function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`http://${server.address}/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
  return { status: response.status, json: await response.json() };
}

/** In order: each finds what those before it left. */
test.each<[string, string, unknown, number, unknown]>([
  ['PUT', TOPIC, undefined, 200, { name: TOPIC, state: 'ACTIVE' }],
  ['PUT', TOPIC, {}, 409, refusal(409, 'ALREADY_EXISTS', 'Resource already exists')],
  ['GET', TOPIC, undefined, 200, { name: TOPIC, state: 'ACTIVE' }],
  [
    'GET',
    `${PROJECT}/topics/missing`,
    undefined,
    404,
    refusal(404, 'NOT_FOUND', 'Resource not found (resource=missing).'),
  ],
  ['PUT', `${PROJECT}/topics/x`, {}, 400, refusal(400, 'INVALID_ARGUMENT', 'Invalid [topics] name')],
  ['PUT', `${PROJECT}/topics/%zz`, {}, 400, refusal(400, 'INVALID_ARGUMENT', 'not percent-encoded')],
  [
    'PATCH',
    TOPIC,
    {
      topic: { labels: { app: 'headgate' }, messageRetentionDuration: '600s' },
      updateMask: 'labels,messageRetentionDuration',
    },
    200,
    { name: TOPIC, labels: { app: 'headgate' }, messageRetentionDuration: '600s', state: 'ACTIVE' },
  ],
  [
    'PATCH',
    TOPIC,
    {
      topic: { name: 'projects/other/topics/events', message_retention_duration: '1.5s' },
      update_mask: 'message_retention_duration',
    },
    400,
    refusal(400, 'INVALID_ARGUMENT', 'Invalid message_retention_duration: 1.5s.'),
  ],
  ['PATCH', TOPIC, { topic: {} }, 400, refusal(400, 'INVALID_ARGUMENT', 'update_mask')],
  ['PUT', `${PROJECT}/topics/other`, { labels: {} }, 200, expect.anything()],
  ['GET', `${PROJECT}/topics?pageSize=1`, undefined, 200, { topics: [{ name: TOPIC }], nextPageToken: anyString }],
  ['GET', `${PROJECT}/topics?page_size=5&alt=json&$.xgafv=2&key=x`, undefined, 200, { topics: [{ name: TOPIC }, {}] }],
  [
    'GET',
    `${PROJECT}/topics?pageSize=many`,
    undefined,
    400,
    refusal(400, 'INVALID_ARGUMENT', "'page_size' (TYPE_INT32)"),
  ],
  [
    'GET',
    `${PROJECT}/topics?size=1`,
    undefined,
    400,
    refusal(400, 'INVALID_ARGUMENT', 'Unknown name "size": Cannot bind'),
  ],
  [
    'GET',
    `${PROJECT}/topics?project.id=1`,
    undefined,
    400,
    refusal(400, 'INVALID_ARGUMENT', "'project' is not a message."),
  ],
  ['GET', 'projects/empty/topics', undefined, 200, {}],
  [
    'PUT',
    SUBSCRIPTION,
    { topic: TOPIC, ackDeadlineSeconds: 20, retryPolicy: { minimumBackoff: '5s' }, expirationPolicy: {} },
    200,
    {
      name: SUBSCRIPTION,
      topic: TOPIC,
      ackDeadlineSeconds: 20,
      retryPolicy: { minimumBackoff: '5s', maximumBackoff: '600s' },
      expirationPolicy: {},
      pushConfig: {},
      messageRetentionDuration: '604800s',
      state: 'ACTIVE',
    },
  ],
  [
    'PUT',
    SUBSCRIPTION,
    { topics: TOPIC },
    400,
    refusal(400, 'INVALID_ARGUMENT', 'Unknown name "topics": Cannot find field.'),
  ],
  ['GET', `${TOPIC}/subscriptions`, undefined, 200, { subscriptions: [SUBSCRIPTION] }],
  ['GET', `${PROJECT}/subscriptions`, undefined, 200, { subscriptions: [{ name: SUBSCRIPTION }] }],
  [
    'POST',
    `${TOPIC}:publish`,
    { messages: [{ data: 'aGk=', attributes: { type: 'a' } }] },
    200,
    { messageIds: [anyString] },
  ],
  [
    'POST',
    `${TOPIC}:publish`,
    { messages: [{ data: '?' }] },
    400,
    refusal(400, 'INVALID_ARGUMENT', "'messages[0].data' (TYPE_BYTES), Base64"),
  ],
  ['POST', `${TOPIC}:publish`, { messages: [{}] }, 400, refusal(400, 'INVALID_ARGUMENT', 'is empty')],
  ['POST', `${TOPIC}:publish`, '{', 400, refusal(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received.')],
  ['POST', `${TOPIC}:publish`, '[]', 400, refusal(400, 'INVALID_ARGUMENT', 'Root element must be a message.')],
  [
    'POST',
    `${SUBSCRIPTION}:pull`,
    { maxMessages: 10 },
    200,
    {
      receivedMessages: [
        {
          ackId: anyString,
          message: {
            data: 'aGk=',
            attributes: { type: 'a' },
            messageId: anyString,
            publishTime: expect.stringMatching(/^\d{4}-.*Z$/),
          },
        },
      ],
    },
  ],
  ['POST', `${SUBSCRIPTION}:pull`, { maxMessages: 10, returnImmediately: true }, 200, {}],
  ['POST', `${SUBSCRIPTION}:acknowledge`, {}, 400, refusal(400, 'INVALID_ARGUMENT', 'No ack ids')],
  ['POST', `${SUBSCRIPTION}:modifyAckDeadline`, { ackIds: ['1-0-1'], ackDeadlineSeconds: 60 }, 200, {}],
  ['POST', `${SUBSCRIPTION}:seek`, { time: '2020-01-01T00:00:00Z' }, 200, {}],
  ['POST', `${SUBSCRIPTION}:seek`, { time: 'now' }, 400, refusal(400, 'INVALID_ARGUMENT', "Invalid value at 'time'")],
  [
    'POST',
    `${SUBSCRIPTION}:seek`,
    { time: '2020-01-01T00:00:00Z', snapshot: 'x' },
    400,
    refusal(400, 'INVALID_ARGUMENT', "'target' (oneof)"),
  ],
  [
    'POST',
    `${SUBSCRIPTION}:modifyPushConfig`,
    { pushConfig: { pushEndpoint: 'nowhere' } },
    400,
    refusal(400, 'INVALID_ARGUMENT', ''),
  ],
  ['GET', `${TOPIC}:getIamPolicy?options.requestedPolicyVersion=3`, undefined, 200, { etag: 'ACAB' }],
  [
    'POST',
    `${TOPIC}:setIamPolicy`,
    { policy: { bindings: [{ role: 'roles/pubsub.viewer', members: ['allUsers'] }], etag: 'ACAB' } },
    200,
    { version: 1, bindings: [{ role: 'roles/pubsub.viewer', members: ['allUsers'] }], etag: anyString },
  ],
  ['POST', `${TOPIC}:setIamPolicy`, { policy: { etag: 'ACAB' } }, 409, refusal(409, 'ABORTED', 'etag')],
  [
    'POST',
    `${TOPIC}:testIamPermissions`,
    { permissions: ['pubsub.topics.get'] },
    200,
    { permissions: ['pubsub.topics.get'] },
  ],
  ['POST', `${SUBSCRIPTION}:detach`, undefined, 200, {}],
  ['POST', `${SUBSCRIPTION}:pull`, { maxMessages: 1 }, 400, refusal(400, 'FAILED_PRECONDITION', '')],
  ['DELETE', SUBSCRIPTION, undefined, 200, {}],
  ['DELETE', TOPIC, undefined, 200, {}],
  ['GET', TOPIC, undefined, 404, refusal(404, 'NOT_FOUND', 'Resource not found')],
  ['POST', TOPIC, {}, 404, refusal(404, 'NOT_FOUND', 'Method not found.')],
  ['POST', `${SUBSCRIPTION}:streamingPull`, {}, 404, refusal(404, 'NOT_FOUND', 'Method not found.')],
  ['GET', 'nothing', undefined, 404, refusal(404, 'NOT_FOUND', 'Method not found.')],
])('%s %s %j is %i', async (method, path, body, status, json) => {
  const answer = await call(method, path, body);
  expect(answer).toMatchObject({ status, json });
});

test('answers are indented unless asked not to', async () => {
  const url = `http://${server.address}/v1/projects/nobody/topics/none`;
  expect(await (await fetch(url)).text()).toMatch(/^\{\n {2}"error": \{\n {4}"code": 404,[^]*\}\n$/);
  expect(await (await fetch(`${url}?prettyPrint=false`)).text()).toMatch(/^\{"error":\{"code":404,.*\}$/);
  expect(await (await fetch(`${url}?$prettyPrint=false`)).text()).toMatch(/^\{"error":\{"code":404,.*\}$/);
});

test('a body may be compressed, and is a form where it says so', async () => {
  const put = async (
    id: string,
    headers: Record<string, string>,
    body: string | Uint8Array<ArrayBuffer>,
  ): Promise<unknown> =>
    (await fetch(`http://${server.address}/v1/${PROJECT}/topics/${id}`, { method: 'PUT', headers, body })).json();
  const gzip = { 'content-encoding': 'gzip' };
  expect(await put('zipped', gzip, gzipSync('{"labels": {"a": "b"}}'))).toMatchObject({ labels: { a: 'b' } });
  expect(await put('zipped', gzip, '{}')).toMatchObject(refusal(400, 'INVALID_ARGUMENT', 'not encoded with gzip'));
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(await put('form', form, 'kmsKeyName=k')).toMatchObject({ kmsKeyName: 'k' });
  expect(await put('form', form, '{"labels": {}}')).toMatchObject(
    refusal(400, 'INVALID_ARGUMENT', 'Cannot bind query'),
  );
});

test.each([
  ['plain', {}, Buffer.alloc(33 * 1024 * 1024, ' ')],
  ['compressed', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(33 * 1024 * 1024, ' '))],
])('a body that is too large is refused: %s', async (_, headers, body) => {
  const url = `http://${server.address}/v1/${PROJECT}/topics/large`;
  const response = await fetch(url, { method: 'PUT', headers, body });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject(refusal(400, 'INVALID_ARGUMENT', 'payload size exceeds the limit'));
});

test('a publish request is as large as over gRPC, whatever its base64 takes', async () => {
  const topic = `${PROJECT}/topics/big`;
  await call('PUT', topic);
  const publish = (bytes: number): Promise<{ status: number }> =>
    call('POST', `${topic}:publish`, { messages: [{ data: Buffer.alloc(bytes).toString('base64') }] });
  expect(await publish(10 * 1024 * 1024 - 1000)).toMatchObject({ status: 200 });
  expect(await publish(10 * 1024 * 1024)).toMatchObject({ status: 400 });
});

/** Publisher's RPCs over REST alone, done by the test. */
async function serve(handlers: UnaryHandlers, log: (fault: string) => void): Promise<{ http: Server; url: string }> {
  const rpcs = unaryRpcsOf(loadDescriptors().lookupService('google.pubsub.v1.Subscriber'), handlers);
  const http = createServer(createRestApi({ rpcs, clock: systemClock, log })).listen(0, '127.0.0.1');
  await once(http, 'listening');
  return { http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/${SUBSCRIPTION}` };
}

test('an RPC that there is no handler for is 501; what breaks is 500, logged and not shown', async () => {
  const logged: string[] = [];
  const GetSubscription = (): never => {
    throw new Error('a secret');
  };
  const { http, url } = await serve({ GetSubscription }, (fault) => logged.push(fault));
  expect(await (await fetch(url, { method: 'DELETE' })).json()).toMatchObject(
    refusal(501, 'UNIMPLEMENTED', '/google.pubsub.v1.Subscriber/DeleteSubscription'),
  );
  expect(logged).toEqual([]);
  expect(await (await fetch(url)).json()).toEqual({
    error: { code: 500, message: 'Internal error.', status: 'INTERNAL' },
  });
  expect(logged).toEqual([anyStringWith('a secret')]);
  http.close();
});

test('an RPC hears how long its caller waits, and that its caller has gone', async () => {
  const aborting = new AbortController();
  const gone = Promise.withResolvers<number>();
  const Pull = (_: object, caller: Call): Promise<object> => {
    caller.onCancelled(() => gone.resolve(caller.deadlineMs));
    aborting.abort();
    return new Promise(() => undefined);
  };
  const { http, url } = await serve({ Pull }, () => undefined);
  const headers = { 'x-server-timeout': '30' };
  await expect(fetch(`${url}:pull`, { method: 'POST', headers, signal: aborting.signal })).rejects.toThrow('aborted');
  const waitsMs = (await gone.promise) - Date.now();
  expect(waitsMs).toBeGreaterThan(20_000);
  expect(waitsMs).toBeLessThanOrEqual(30_000);
  http.close();
});

test.each<[string, number, () => object]>([
  ['an answer', 200, () => ({})],
  ['a refusal', 404, () => Promise.reject(notFound('events'))],
])('an RPC hears that its caller was answered only after %s was written', async (_, status, respond) => {
  const events: string[] = [];
  const GetSubscription = (_request: object, caller: Call): object => {
    caller.onAnswered(() => events.push('heard'));
    return respond();
  };
  const { http, url } = await serve({ GetSubscription }, () => undefined);
  http.prependListener('request', (_request, response: ServerResponse) => {
    response.once('prefinish', () => events.push('written'));
  });
  expect((await fetch(url)).status).toBe(status);
  http.close();
  expect(events).toEqual(['written', 'heard']);
});

test('nothing of all this was a fault of the server', () => {
  expect(faults).toEqual([]);
});
