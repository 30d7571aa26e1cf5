import type { v1 } from '@google-cloud/pubsub-api';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, test, vi } from 'vitest';
import { Status, statusOf } from './grpc-status.ts';
import { createPublishRpc } from './publish-rpc.ts';

const messages = [{ data: Buffer.from('{}'), attributes: {} }];
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  vi.unstubAllEnvs();
});

/** A client that looks for credentials so. */
function clientThat(initialize: () => Promise<never>): v1.PublisherClient {
  return { initialize, close: async () => undefined } as unknown as v1.PublisherClient;
}

/** A server that answers `GetTopic` with an error of this code, and `Publish` with nothing. */
async function pubsubThatAnswers(code: number) {
  const calls: { readonly path: string; readonly request: Buffer }[] = [];
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
      calls.push({ path, request: call.request });
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
  const rpc = createPublishRpc('demo', () => clientThat(() => new Promise(() => undefined)));
  const error: unknown = await rpc.publish('acme.events', messages, 20).catch((reason: unknown) => reason);
  expect(statusOf(error)).toBe(Status.DEADLINE_EXCEEDED);
  expect(await rpc.isReachable(20)).toBe(false);
});

test('a search for credentials that failed is made again', async () => {
  let clients = 0;
  const rpc = createPublishRpc('demo', () => {
    clients++;
    return clientThat(() => Promise.reject(new Error('no credentials')));
  });
  expect(await rpc.isReachable(5_000)).toBe(false);
  await expect(rpc.publish('acme.events', messages, 5_000)).rejects.toThrow('no credentials');
  expect(clients).toBe(3);
});

test.each([
  [Status.NOT_FOUND, true],
  [Status.PERMISSION_DENIED, true],
  [Status.UNAVAILABLE, false],
  [Status.UNAUTHENTICATED, false],
])('who answers with code %i to a question for a topic is reachable: %s', async (code, reachable) => {
  const { address, calls } = await pubsubThatAnswers(code);
  vi.stubEnv('PUBSUB_EMULATOR_HOST', address);
  const rpc = createPublishRpc('demo');
  cleanups.push(() => void rpc.close());
  expect(await rpc.isReachable(5_000)).toBe(reachable);
  const topic = 'projects/demo/topics/platform.readiness';
  expect(calls[0]?.request).toEqual(Buffer.concat([Buffer.from([0x0a, topic.length]), Buffer.from(topic)]));
});
