import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { expect, test, vi } from 'vitest';
import { startFirestore } from '#emulator/firestore/index.ts';
import { startPubSub } from '#emulator/pubsub/index.ts';
import { Meter, tapFirestore, tapPublisher } from './meters.ts';

test('documents that a client reads, missing ones too, writes, and leaves to expire', async () => {
  await using cleanup = new AsyncDisposableStack();
  const server = await startFirestore({ host: '127.0.0.1', port: 0 });
  cleanup.defer(() => server.close());
  const meter = new Meter();
  const tap = await tapFirestore(server.address, meter);
  cleanup.defer(() => tap.close());
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', tap.address);
  cleanup.defer(() => void vi.unstubAllEnvs());
  const firestore = new Firestore({ projectId: 'headgate-test' });
  cleanup.defer(() => firestore.terminate());

  const [expiring, other] = [firestore.doc('tenants/a/applied/x'), firestore.doc('tenants/a')];
  await firestore.batch().create(expiring, { n: 1 }).create(other, { n: 1 }).commit();
  expect(meter.counts).toEqual({ 'Firestore writes': 2, 'Firestore deletes': 1 });
  await expiring.update({ n: 2 });
  expect(meter.counts).toEqual({ 'Firestore writes': 3, 'Firestore deletes': 1 });
  meter.reset();
  const [found, missing] = await firestore.getAll(expiring, firestore.doc('tenants/b'));
  expect([found?.get('n'), missing?.exists]).toEqual([2, false]);
  expect(meter.counts).toEqual({ 'Firestore reads': 2 });
});

test('what is published: bytes of data and attributes, a kilobyte a request at least', async () => {
  await using cleanup = new AsyncDisposableStack();
  const server = await startPubSub();
  cleanup.defer(() => server.close());
  const meter = new Meter();
  const tap = await tapPublisher(server.address, meter);
  cleanup.defer(() => tap.close());
  const pubsub = new PubSub({ projectId: 'headgate-test', apiEndpoint: tap.address, emulatorMode: true });
  cleanup.defer(() => pubsub.close());
  const [topic] = await pubsub.createTopic('events');
  await topic.publishMessage({ data: Buffer.alloc(64), attributes: { a: 'bc' } });
  expect(meter.counts).toEqual({ 'Pub/Sub bytes': 1_000, 'Pub/Sub bytes kept a week': 64 + 3 + 36 });
  await topic.publishMessage({ data: Buffer.alloc(2_000) });
  expect(meter.counts).toMatchObject({ 'Pub/Sub bytes': 1_000 + 2_036 });
});
