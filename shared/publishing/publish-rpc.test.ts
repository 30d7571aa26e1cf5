import { Client, credentials, type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { Status, statusOf } from './grpc-status.ts';
import { createPublishRpc } from './publish-rpc.ts';

const messages = [{ data: Buffer.from('{}'), attributes: {} }];
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A channel to an address at which nobody need be, whose calls are authorized so. */
function channel(authorization: () => Promise<string | undefined>, address = '127.0.0.1:1') {
  const client = new Client(address, credentials.createInsecure());
  cleanups.push(() => client.close());
  return { client, authorization };
}

/** A server that answers `GetTopic` with an error of this code, and `Publish` with nothing. */
async function pubsubThatAnswers(code: number) {
  const calls: { readonly path: string; readonly authorization: unknown; readonly request: Buffer }[] = [];
  const method = (path: string, answer: handleUnaryCall<Buffer, Buffer>) => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (value: Buffer) => value,
    responseSerialize: (value: Buffer) => value,
    responseDeserialize: (value: Buffer) => value,
    answer,
  });
  const recorded =
    (path: string, answer: handleUnaryCall<Buffer, Buffer>): handleUnaryCall<Buffer, Buffer> =>
    (call, callback) => {
      calls.push({ path, authorization: call.metadata.get('authorization')[0], request: call.request });
      answer(call, callback);
    };
  const methods = {
    publish: method('/google.pubsub.v1.Publisher/Publish', (_call, callback) => callback(null, Buffer.alloc(0))),
    getTopic: method('/google.pubsub.v1.Publisher/GetTopic', (_call, callback) =>
      callback(Object.assign(new Error('refused'), { code })),
    ),
  };
  const server = new Server();
  server.addService(
    methods,
    Object.fromEntries(Object.entries(methods).map(([name, { path, answer }]) => [name, recorded(path, answer)])),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  cleanups.push(() => server.forceShutdown());
  return { address: `127.0.0.1:${port}`, calls };
}

test('a search for credentials that does not end is given up at the deadline', async () => {
  const rpc = createPublishRpc(
    'demo',
    channel(() => new Promise(() => undefined)),
  );
  const error: unknown = await rpc.publish('acme.events', messages, 20).catch((reason: unknown) => reason);
  expect(statusOf(error)).toBe(Status.DEADLINE_EXCEEDED);
  expect(await rpc.isReachable(20)).toBe(false);
});

test('a search for credentials that failed is made again', async () => {
  let searches = 0;
  const authorization = (): Promise<never> => {
    searches++;
    return Promise.reject(new Error('no credentials'));
  };
  const rpc = createPublishRpc('demo', channel(authorization));
  expect(await rpc.isReachable(20)).toBe(false);
  await expect(rpc.publish('acme.events', messages, 20)).rejects.toThrow('no credentials');
  expect(searches).toBe(2);
});

test('calls carry the credentials', async () => {
  const { address, calls } = await pubsubThatAnswers(Status.NOT_FOUND);
  const rpc = createPublishRpc(
    'demo',
    channel(async () => 'Bearer secret', address),
  );
  await rpc.publish('acme.events', messages, 5_000);
  expect(calls.map(({ path, authorization }) => [path, authorization])).toEqual([
    ['/google.pubsub.v1.Publisher/Publish', 'Bearer secret'],
  ]);
});

test.each([
  [Status.NOT_FOUND, true],
  [Status.PERMISSION_DENIED, true],
  [Status.UNAVAILABLE, false],
  [Status.UNAUTHENTICATED, false],
])('who answers with code %i to a question for a topic is reachable: %s', async (code, reachable) => {
  const { address, calls } = await pubsubThatAnswers(code);
  const rpc = createPublishRpc(
    'demo',
    channel(async () => undefined, address),
  );
  expect(await rpc.isReachable(5_000)).toBe(reachable);
  const topic = 'projects/demo/topics/platform.readiness';
  expect(calls[0]?.request).toEqual(Buffer.concat([Buffer.from([0x0a, topic.length]), Buffer.from(topic)]));
});
