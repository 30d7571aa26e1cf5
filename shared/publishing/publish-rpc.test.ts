import type { v1 } from '@google-cloud/pubsub';
import { expect, test } from 'vitest';
import { Status, statusOf } from './grpc-status.ts';
import { createPublishRpc } from './publish-rpc.ts';

/** A client that looks for credentials so. */
function clientThat(initialize: () => Promise<never>): v1.PublisherClient {
  return { initialize, close: async () => undefined } as unknown as v1.PublisherClient;
}

const messages = [{ data: Buffer.from('{}'), attributes: {} }];

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
  expect(await rpc.isReachable(20)).toBe(false);
  await expect(rpc.publish('acme.events', messages, 20)).rejects.toThrow('no credentials');
  expect(clients).toBe(3);
});
