import { expect, test } from 'vitest';
import type { Consumer } from './consumer.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './protocol/duration.ts';
import { createHarness, type Harness, SUBSCRIPTION } from './testing/harness.ts';

const seek = (harness: Harness, timeMs: number): Promise<object> =>
  harness.call('Seek', { subscription: SUBSCRIPTION, time: { seconds: timeMs / 1000 } });

test('an unacknowledged message is there for as long as the subscription retains it', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ messageRetentionDuration: { seconds: 3600 } });
  await harness.publish('one');
  harness.clock.advance(HOUR_MS);
  await harness.nack(await harness.pull());
  expect(await harness.pullData()).toEqual(['one']);
  harness.clock.advance(10_000);
  expect(await harness.pullData()).toEqual([]);
});

test('seven days by default, and then its memory is free', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish(...Array.from({ length: 50 }, () => 'x'.repeat(10_000)));
  harness.clock.advance(7 * DAY_MS);
  expect(harness.pubsub.held.bytes).toBeGreaterThan(500_000);
  harness.clock.advance(MINUTE_MS);
  await harness.publish('fresh');
  expect(harness.pubsub.held.bytes).toBeLessThan(300_000);
  expect(await harness.pullData()).toEqual(['fresh']);
});

test('a topic that retains for longer keeps messages available to its subscriptions', async () => {
  const harness = createHarness();
  await harness.topic({ messageRetentionDuration: { seconds: 24 * 3600 } });
  await harness.subscription({ messageRetentionDuration: { seconds: 600 } });
  await harness.publish('one');
  harness.clock.advance(24 * HOUR_MS);
  expect(await harness.pullData()).toEqual(['one']);
});

test('seeking to the future acknowledges everything before it', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('outstanding');
  await harness.pull();
  await harness.publish('undelivered');
  harness.clock.advance(1000);
  await seek(harness, harness.clock.now());
  await harness.publish('later');
  harness.clock.advance(MINUTE_MS);
  expect(await harness.pullData()).toEqual(['later']);
});

test('seeking back brings acknowledged messages again, where they are retained', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ retainAckedMessages: true });
  await harness.publish('before');
  harness.clock.advance(1000);
  const time = harness.clock.now();
  await harness.publish('one', 'two');
  await harness.acknowledge(await harness.pull());
  await seek(harness, time);
  expect(await harness.pullData()).toEqual(['one', 'two']);
});

test('with topic retention a new subscription can seek to before its creation', async () => {
  const harness = createHarness();
  await harness.topic({ messageRetentionDuration: { seconds: 3600 } });
  await harness.publish('one');
  harness.clock.advance(MINUTE_MS);
  await harness.subscription();
  expect(await harness.pullData()).toEqual([]);
  await seek(harness, harness.clock.now() - 2 * MINUTE_MS);
  expect(await harness.pullData()).toEqual(['one']);
});

test('seeking back without retention redelivers what is not acknowledged, and only that', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  const time = harness.clock.now();
  await harness.publish('acknowledged', 'outstanding');
  const [acknowledged] = await harness.pull();
  await harness.acknowledge([acknowledged!]);
  await harness.publish('undelivered');
  await seek(harness, time);
  expect(await harness.pullData()).toEqual(['outstanding', 'undelivered']);
});

test('acknowledged messages are retained for as long as the subscription says, and then gone', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ retainAckedMessages: true, messageRetentionDuration: { seconds: 600 } });
  await harness.publish('x'.repeat(300_000));
  await harness.acknowledge(await harness.pull());
  expect(harness.pubsub.held.bytes).toBeGreaterThan(300_000);
  harness.clock.advance(11 * MINUTE_MS);
  await harness.publish('fresh');
  harness.clock.advance(MINUTE_MS);
  expect(harness.pubsub.held.bytes).toBeLessThan(300_000);
  await seek(harness, harness.clock.now() - HOUR_MS);
  expect(await harness.pullData()).toEqual(['fresh']);
});

test('an ack id from before a seek is good for nothing after it', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ retainAckedMessages: true });
  const time = harness.clock.now();
  await harness.publish('one');
  const received = await harness.pull();
  await seek(harness, time);
  await harness.acknowledge(received);
  expect(await harness.pullData()).toEqual(['one']);
});

test('a subscription that nobody uses expires when its policy says so', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ expirationPolicy: { ttl: { seconds: 24 * 3600 } } });
  harness.clock.advance(23 * HOUR_MS);
  await harness.pull();
  harness.clock.advance(23 * HOUR_MS);
  await harness.call('GetSubscription', { subscription: SUBSCRIPTION });
  harness.clock.advance(2 * HOUR_MS);
  const gone = harness.call('GetSubscription', { subscription: SUBSCRIPTION });
  await expect(gone).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('it does not expire while a subscriber is connected, and counts from the end of that', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ expirationPolicy: { ttl: { seconds: 24 * 3600 } } });
  const subscription = harness.pubsub.subscription(SUBSCRIPTION);
  const idle: Consumer = {
    ackDeadlineMs: 10_000,
    takesKeysInBatches: true,
    room: () => undefined,
    deliver: () => undefined,
    onSettled: () => undefined,
  };
  const disconnect = subscription.connect(idle, () => undefined);
  harness.clock.advance(3 * DAY_MS);
  disconnect();
  harness.clock.advance(DAY_MS - MINUTE_MS);
  expect(harness.pubsub.subscription(SUBSCRIPTION)).toBe(subscription);
  harness.clock.advance(2 * MINUTE_MS);
  expect(() => harness.pubsub.subscription(SUBSCRIPTION)).toThrow('not found');
});

test('without a ttl it never expires', async () => {
  const harness = createHarness();
  await harness.topic();
  expect(await harness.subscription({ expirationPolicy: {} })).toMatchObject({ expirationPolicy: {} });
  harness.clock.advance(40 * DAY_MS);
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).toBeDefined();
});
