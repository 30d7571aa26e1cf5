import { expect, test } from 'vitest';
import { createHarness, type Harness, PROJECT, type Received } from '../testing/harness.ts';

const ordered = (orderingKey: string, ...data: string[]): { data: string; orderingKey: string }[] =>
  data.map((text) => ({ data: text, orderingKey }));

async function createOrdered(resource: object = {}): Promise<Harness> {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ enableMessageOrdering: true, ...resource });
  return harness;
}

const one = (received: readonly Received[], data: string): Received[] => received.filter((each) => each.data === data);

test('the messages of a key come in order, and the next ones when those are acknowledged', async () => {
  const harness = await createOrdered();
  await harness.publish(...ordered('k', '1', '2', '3'));
  const first = await harness.pull(2);
  expect(first.map(({ data }) => data)).toEqual(['1', '2']);
  expect(await harness.pullData()).toEqual([]);
  await harness.acknowledge(one(first, '1'));
  expect(await harness.pullData()).toEqual([]);
  await harness.acknowledge(one(first, '2'));
  expect(await harness.pullData()).toEqual(['3']);
});

test('other keys, and messages without one, do not wait', async () => {
  const harness = await createOrdered();
  await harness.publish(...ordered('k', '1', '2'), ...ordered('l', 'a'), 'free');
  expect(await harness.pullData(1)).toEqual(['1']);
  expect(await harness.pullData()).toEqual(['a', 'free']);
});

test('delivery begins again at the message that failed and brings what followed it', async () => {
  const harness = await createOrdered();
  await harness.publish(...ordered('k', '1', '2', '3'));
  const received = await harness.pull();
  await harness.acknowledge(one(received, '1'));
  await harness.nack(one(received, '2'));
  const again = await harness.pull();
  expect(again.map(({ data }) => data)).toEqual(['2', '3']);
  // The id of the first delivery of 3 does not acknowledge the second.
  await harness.acknowledge(one(received, '3'));
  await harness.acknowledge(one(again, '2'));
  harness.clock.advance(10_000);
  expect(await harness.pullData()).toEqual(['3']);
});

test('even what was acknowledged comes again after an earlier message that failed', async () => {
  const harness = await createOrdered();
  await harness.publish(...ordered('k', '1', '2', '3'));
  const received = await harness.pull();
  await harness.acknowledge(one(received, '3'));
  harness.clock.advance(10_000);
  expect(await harness.pullData()).toEqual(['1', '2', '3']);
});

test('a key waits while its failed message backs off; other keys do not', async () => {
  const harness = await createOrdered({ retryPolicy: { minimumBackoff: { seconds: 10 } } });
  await harness.publish(...ordered('k', '1', '2'), ...ordered('l', 'a'));
  await harness.nack(await harness.pull(1));
  await harness.publish(...ordered('k', '3'));
  expect(await harness.pullData()).toEqual(['a']);
  harness.clock.advance(10_000);
  expect(await harness.pullData()).toEqual(['1', '2', '3']);
});

test('a dead letter lets its key go on', async () => {
  const deadLetterTopic = `${PROJECT}/topics/dead-letter`;
  const harness = createHarness();
  await harness.topic();
  await harness.topic({ name: deadLetterTopic });
  await harness.subscription({ enableMessageOrdering: true, deadLetterPolicy: { deadLetterTopic } });
  await harness.publish(...ordered('k', 'bad', 'next'));
  for (let attempt = 1; attempt <= 5; attempt++) await harness.nack(one(await harness.pull(), 'bad'));
  harness.clock.advance(10_000);
  expect(await harness.pullData()).toEqual(['next']);
});

test('memory is free when all is acknowledged', async () => {
  const harness = await createOrdered();
  const before = harness.pubsub.held.bytes;
  for (let round = 0; round < 20; round++) {
    await harness.publish(...ordered(`key ${round % 3}`, ...Array.from({ length: 10 }, () => 'x'.repeat(5000))));
  }
  for (let received = await harness.pull(7); received.length > 0; received = await harness.pull(7)) {
    await harness.acknowledge(received.toReversed());
  }
  expect(harness.pubsub.held.bytes - before).toBeLessThan(300_000);
  expect(harness.pubsub.subscription('projects/acme-project/subscriptions/events.archive').outstanding).toBe(0);
});
