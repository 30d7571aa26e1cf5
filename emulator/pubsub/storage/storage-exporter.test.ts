import { expect, test } from 'vitest';
import type { CloudStorageConfig, DestinationState } from '../protocol/resources.ts';
import type { Subscription } from '../subscription.ts';
import { createHarness, type Harness, PROJECT, SUBSCRIPTION } from '../testing/harness.ts';
import type { ObjectWriter, StoreResult } from './object-writer.ts';
import { StorageExporter } from './storage-exporter.ts';

interface Stored {
  readonly data: readonly string[];
  answer(error?: string, state?: DestinationState): Promise<void>;
}

const MINUTE_MS = 60_000;
const nextTurn = (): Promise<void> => new Promise((next) => void setImmediate(next));
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `${from + index}`);

/** A Cloud Storage subscription whose bucket is the test: it sees each object, and answers it when it likes. */
async function createStored(config: CloudStorageConfig = {}): Promise<{ harness: Harness; stored: Stored[] }> {
  const stored: Stored[] = [];
  const writer: ObjectWriter = {
    probe: () => Promise.resolve('ACTIVE'),
    write: (messages) =>
      new Promise<StoreResult>((resolve) => {
        stored.push({
          data: messages.map(({ data }) => data.toString()),
          answer: async (error, state = 'ACTIVE') => {
            resolve({ errors: messages.map(() => error), state });
            await nextTurn();
            harness.clock.settle();
          },
        });
      }),
  };
  const createExporter = (subscription: Subscription): StorageExporter | undefined => {
    const { cloudStorageConfig } = subscription.resource;
    const onWrite = (): void => undefined;
    return (
      cloudStorageConfig &&
      new StorageExporter({ clock: harness.clock, subscription, writer, config: cloudStorageConfig, onWrite })
    );
  };
  const harness: Harness = createHarness({ createExporter });
  await harness.topic();
  await harness.subscription({ cloudStorageConfig: { bucket: 'acme', maxDuration: { seconds: 120 }, ...config } });
  return { harness, stored };
}

const outstanding = ({ pubsub }: Harness): number => pubsub.subscription(SUBSCRIPTION).outstanding;

test('an object is closed when it has been open for max_duration, from its first message on', async () => {
  const { harness, stored } = await createStored();
  harness.clock.advance(MINUTE_MS);
  await harness.publish('one');
  harness.clock.advance(MINUTE_MS);
  await harness.publish('two');
  harness.clock.advance(MINUTE_MS - 1);
  expect(stored).toEqual([]);
  harness.clock.advance(1);
  expect(stored.map(({ data }) => data)).toEqual([['one', 'two']]);
  await harness.publish('three');
  harness.clock.advance(2 * MINUTE_MS);
  expect(stored[1]?.data).toEqual(['three']);
});

test('nothing is stored where nothing is published', async () => {
  const { harness, stored } = await createStored();
  harness.clock.advance(60 * MINUTE_MS);
  expect(stored).toEqual([]);
});

test('an object has max_messages at most', async () => {
  const { harness, stored } = await createStored({ maxMessages: 1000 });
  await harness.publish(...numbers(900));
  harness.clock.settle();
  await harness.publish(...numbers(900, 900));
  harness.clock.settle();
  expect(stored.map(({ data }) => data.length)).toEqual([1000]);
  harness.clock.advance(2 * MINUTE_MS);
  expect(stored.map(({ data }) => data)).toEqual([numbers(1000), numbers(800, 1000)]);
});

test('an object is closed at max_bytes, which a single message may exceed', async () => {
  const { harness, stored } = await createStored({ maxBytes: 1000 });
  await harness.publish('small', 'x'.repeat(5000), 'after');
  harness.clock.settle();
  expect(stored.map(({ data }) => data.map(({ length }) => length))).toEqual([[5, 5000]]);
});

test('a message is acknowledged when its object is stored, and not before', async () => {
  const { harness, stored } = await createStored();
  await harness.publish('one', 'two');
  harness.clock.advance(2 * MINUTE_MS);
  expect([stored.length, outstanding(harness)]).toEqual([1, 2]);
  await stored[0]?.answer();
  expect(outstanding(harness)).toBe(0);
  harness.clock.advance(60 * MINUTE_MS);
  expect(stored).toHaveLength(1);
});

test('what could not be stored is in a later object, and the state says why', async () => {
  const { harness, stored } = await createStored();
  await harness.publish('one');
  harness.clock.advance(2 * MINUTE_MS);
  await stored[0]?.answer('no such bucket', 'NOT_FOUND');
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).toMatchObject({
    state: 'RESOURCE_ERROR',
    cloudStorageConfig: { bucket: 'acme', state: 'NOT_FOUND' },
  });
  harness.clock.advance(3 * MINUTE_MS);
  expect(stored[1]?.data).toEqual(['one']);
  await stored[1]?.answer();
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).toMatchObject({
    state: 'ACTIVE',
    cloudStorageConfig: { state: 'ACTIVE' },
  });
  expect(outstanding(harness)).toBe(0);
});

test('a message that cannot be stored becomes a dead letter with the reason', async () => {
  const { harness, stored } = await createStored();
  const deadLetterTopic = `${PROJECT}/topics/dead-letter`;
  const inspect = `${PROJECT}/subscriptions/inspect`;
  await harness.topic({ name: deadLetterTopic });
  await harness.subscription({ name: inspect, topic: deadLetterTopic });
  await harness.call('UpdateSubscription', {
    subscription: { name: SUBSCRIPTION, deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } },
    updateMask: { paths: ['dead_letter_policy'] },
  });
  await harness.publish('one');
  for (let attempt = 1; attempt <= 5; attempt++) {
    harness.clock.advance(5 * MINUTE_MS);
    await stored.at(-1)?.answer('the disk is full');
  }
  expect(stored).toHaveLength(5);
  expect(await harness.pull(10, inspect)).toMatchObject([
    { data: 'one', attributes: { CloudPubSubDeadLetterSourceDeliveryErrorMessage: 'the disk is full' } },
  ]);
});

test('a changed configuration closes the object, and counts for the next', async () => {
  const { harness, stored } = await createStored();
  await harness.publish('one');
  harness.clock.settle();
  await harness.call('UpdateSubscription', {
    subscription: { name: SUBSCRIPTION, cloudStorageConfig: { maxDuration: { seconds: 60 } } },
    updateMask: { paths: ['cloud_storage_config.max_duration'] },
  });
  expect(stored.map(({ data }) => data)).toEqual([['one']]);
  await stored[0]?.answer();
  expect(outstanding(harness)).toBe(0);
  await harness.publish('two');
  harness.clock.advance(MINUTE_MS);
  expect(stored[1]?.data).toEqual(['two']);
});

test('after a seek, what was collected is delivered once, and an object on its way acknowledges nothing', async () => {
  const { harness, stored } = await createStored();
  await harness.publish('one');
  harness.clock.advance(2 * MINUTE_MS);
  const before = { seconds: Math.floor(harness.clock.now() / 1000) - 600 };
  await harness.call('Seek', { subscription: SUBSCRIPTION, time: before });
  harness.clock.settle();
  await stored[0]?.answer();
  expect(outstanding(harness)).toBe(1);
  await harness.call('Seek', { subscription: SUBSCRIPTION, time: before });
  harness.clock.advance(2 * MINUTE_MS);
  expect(stored.map(({ data }) => data)).toEqual([['one'], ['one']]);
});
