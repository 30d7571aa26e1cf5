import { expect, test } from 'vitest';
import { createHarness, PROJECT, SUBSCRIPTION, TOPIC } from './testing/harness.ts';

const SECOND = 1000;

test('what is published is delivered with its data, attributes and id, until it is acknowledged', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  const ids = await harness.publish({ data: 'one', attributes: { type: 'a' } }, 'two');
  const received = await harness.pull();
  expect(received).toMatchObject([
    { data: 'one', attributes: { type: 'a' }, messageId: ids[0] },
    { data: 'two', attributes: {}, messageId: ids[1] },
  ]);
  await harness.acknowledge(received);
  harness.clock.advance(3600 * SECOND);
  expect(await harness.pull()).toEqual([]);
});

test('each subscription gets every message that is published after it was created', async () => {
  const harness = createHarness();
  await harness.topic();
  const other = `${SUBSCRIPTION}.other`;
  await harness.subscription();
  await harness.publish('one');
  await harness.subscription({ name: other });
  await harness.publish('two');
  expect(await harness.pullData()).toEqual(['one', 'two']);
  expect(await harness.pullData(100, other)).toEqual(['two']);
});

test('an outstanding message is delivered again once its ack deadline has passed, and not before', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ ackDeadlineSeconds: 20 });
  await harness.publish('one');
  await harness.pull();
  harness.clock.advance(20 * SECOND - 1);
  expect(await harness.pull()).toEqual([]);
  harness.clock.advance(1);
  expect(await harness.pullData()).toEqual(['one']);
});

test('modifyAckDeadline counts from now, longer or shorter than before', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('longer', 'shorter');
  const [longer, shorter] = await harness.pull();
  const modify = (ackId: string, ackDeadlineSeconds: number): Promise<object> =>
    harness.call('ModifyAckDeadline', { subscription: SUBSCRIPTION, ackIds: [ackId], ackDeadlineSeconds });
  await modify(longer!.ackId, 60);
  await modify(shorter!.ackId, 1);
  harness.clock.advance(1 * SECOND);
  expect(await harness.pullData()).toEqual(['shorter']);
  harness.clock.advance(58 * SECOND);
  expect(await harness.pullData()).toEqual(['shorter']);
  harness.clock.advance(1 * SECOND);
  expect(await harness.pullData()).toEqual(['longer']);
});

test('without a retry policy a nacked message is delivered again at once', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('one');
  await harness.nack(await harness.pull());
  expect(await harness.pullData()).toEqual(['one']);
});

test('an ack id that has expired still acknowledges its message', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('late', 'redelivered');
  const [late, redelivered] = await harness.pull();
  harness.clock.advance(10 * SECOND);
  await harness.acknowledge([late!]);
  expect(await harness.pullData()).toEqual(['redelivered']);
  await harness.acknowledge([redelivered!]);
  harness.clock.advance(10 * SECOND);
  expect(await harness.pull()).toEqual([]);
});

test('an ack id of a message that is done with does not touch the one that has its place now', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('one');
  const [one] = await harness.pull();
  await harness.acknowledge([one!]);
  await harness.publish('two');
  await harness.pull();
  await harness.acknowledge([one!]);
  harness.clock.advance(10 * SECOND);
  expect(await harness.pullData()).toEqual(['two']);
});

test('a malformed ack id is refused, one of another subscription changes nothing', async () => {
  const harness = createHarness();
  await harness.topic();
  const other = `${SUBSCRIPTION}.other`;
  await harness.subscription();
  await harness.subscription({ name: other });
  await harness.publish('one');
  const received = await harness.pull();
  await harness.acknowledge(received, other);
  expect(await harness.pullData(1, other)).toEqual(['one']);
  const malformed = harness.call('Acknowledge', { subscription: SUBSCRIPTION, ackIds: ['no ack id'] });
  await expect(malformed).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(harness.call('Acknowledge', { subscription: SUBSCRIPTION })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('a pull waits for the first message, up to a bound', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  let answers = 0;
  const pull = async (): Promise<number> => {
    const response = await harness.call('Pull', { subscription: SUBSCRIPTION, maxMessages: 10 });
    answers++;
    return (response as Buffer).length;
  };
  const first = pull();
  harness.clock.advance(30 * SECOND);
  await Promise.resolve();
  expect(answers).toBe(0);
  await harness.publish('one');
  harness.clock.settle();
  expect(await first).toBeGreaterThan(0);
  await harness.call('Seek', { subscription: SUBSCRIPTION, time: { seconds: harness.clock.now() / SECOND + 1 } });
  const second = pull();
  harness.clock.advance(90 * SECOND);
  expect(await second).toBe(0);
});

test('where empty pulls time out, one that finds nothing ends in DEADLINE_EXCEEDED, unless it is not to wait', async () => {
  const harness = createHarness({ emptyPullsTimeOut: true });
  await harness.topic();
  await harness.subscription();
  const pull = (): Promise<object> => {
    const deadlineMs = harness.clock.now() + 30 * SECOND;
    return harness.call('Pull', { subscription: SUBSCRIPTION, maxMessages: 10 }, { deadlineMs });
  };
  const empty = pull();
  harness.clock.advance(30 * SECOND);
  await expect(empty).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  expect(await harness.pull()).toEqual([]);
  const served = pull();
  await harness.publish('one');
  harness.clock.settle();
  expect(((await served) as Buffer).length).toBeGreaterThan(0);
});

test('a pull whose caller has gone takes no message with it', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  let cancel: (() => void) | undefined;
  const call = { onCancelled: (run: () => void) => void (cancel = run) };
  const cancelled = harness.call('Pull', { subscription: SUBSCRIPTION, maxMessages: 10 }, call);
  cancel?.();
  await cancelled;
  await harness.publish('one');
  expect(await harness.pullData()).toEqual(['one']);
});

test('back-off doubles from the minimum to the maximum, for each message by itself', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ retryPolicy: { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 60 } } });
  await harness.publish('one');
  for (const seconds of [10, 20, 40, 60, 60]) {
    await harness.nack(await harness.pull());
    harness.clock.advance(seconds * SECOND - 1);
    expect(await harness.pullData()).toEqual([]);
    harness.clock.advance(1);
  }
  await harness.publish('fresh');
  await harness.nack((await harness.pull()).filter(({ data }) => data === 'fresh'));
  harness.clock.advance(10 * SECOND);
  expect(await harness.pullData()).toContain('fresh');
});

test('the back-off scale changes when messages come again, and not what the subscription shows', async () => {
  const harness = createHarness({ backoffScale: 0.01 });
  await harness.topic();
  const retryPolicy = { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 600 } };
  expect(await harness.subscription({ retryPolicy })).toMatchObject({ retryPolicy });
  await harness.publish('one');
  await harness.nack(await harness.pull());
  harness.clock.advance(99);
  expect(await harness.pullData()).toEqual([]);
  harness.clock.advance(1);
  expect(await harness.pullData()).toEqual(['one']);
});

test('messages that do not match the filter are not delivered, nor held', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ filter: 'attributes.type = "a"' });
  const large = 'x'.repeat(5000);
  for (let count = 0; count < 100; count++) await harness.publish({ data: large, attributes: { type: 'b' } });
  expect(harness.pubsub.held.bytes).toBeLessThan(300_000);
  await harness.publish({ data: 'yes', attributes: { type: 'a' } }, { data: 'no', attributes: { type: 'b' } }, 'none');
  expect(await harness.pullData()).toEqual(['yes']);
});

test('a topic without subscriptions and retention holds nothing', async () => {
  const harness = createHarness();
  await harness.topic();
  const before = harness.pubsub.held.bytes;
  await harness.publish(...Array.from({ length: 100 }, () => 'x'.repeat(10_000)));
  expect(harness.pubsub.held.bytes).toBe(before);
});

test('a publisher meets RESOURCE_EXHAUSTED at the bound, and may go on once messages are acknowledged', async () => {
  const harness = createHarness({ maxHeldBytes: 1_000_000 });
  await harness.topic();
  await harness.subscription();
  const megabytes = async (): Promise<void> => {
    for (let count = 0; count < 20; count++) await harness.publish('x'.repeat(100_000));
  };
  await expect(megabytes()).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
  await harness.acknowledge(await harness.pull());
  await harness.publish('x'.repeat(100_000));
  expect(await harness.pull()).toHaveLength(1);
});

test('a deleted topic leaves its subscriptions what was published before', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('one');
  await harness.call('DeleteTopic', { topic: TOPIC });
  await harness.topic();
  await harness.publish('of the new topic');
  expect(await harness.pullData()).toEqual(['one']);
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).toMatchObject({
    topic: '_deleted-topic_',
  });
});

test('a detached subscription loses its backlog and cannot be pulled', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.publish('x'.repeat(100_000));
  await harness.call('DetachSubscription', { subscription: SUBSCRIPTION });
  expect(harness.pubsub.held.bytes).toBeLessThan(200_000);
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).toMatchObject({ detached: true });
  await expect(harness.pull()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
});

test('a detached subscription does not touch the messages of others any more', async () => {
  const harness = createHarness();
  await harness.topic();
  const other = `${SUBSCRIPTION}.other`;
  await harness.subscription({ messageRetentionDuration: { seconds: 600 } });
  await harness.subscription({ name: other });
  await harness.call('DetachSubscription', { subscription: SUBSCRIPTION });
  // Each is too large to share memory with another.
  for (const letter of ['x', 'y', 'z']) await harness.publish(letter.repeat(300_000));
  harness.clock.advance(1200 * SECOND);
  expect(harness.pubsub.held.bytes).toBeGreaterThan(900_000);
  const subscription = { name: SUBSCRIPTION, retainAckedMessages: true };
  await harness.call('UpdateSubscription', { subscription, updateMask: { paths: ['retain_acked_messages'] } });
  await harness.acknowledge(await harness.pull(100, other), other);
  expect(harness.pubsub.held.bytes).toBeLessThan(400_000);
});

test.each<[string, object]>([
  ['Pull', { maxMessages: 1 }],
  ['Seek', { time: { seconds: 1 } }],
  ['CreateSnapshot', { name: `${PROJECT}/snapshots/of-nothing` }],
])('a detached subscription refuses %s', async (rpc, request) => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  await harness.call('DetachSubscription', { subscription: SUBSCRIPTION });
  const refused = harness.call(rpc, { subscription: SUBSCRIPTION, ...request });
  await expect(refused).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
});

test('a detached subscription is no longer one of its topic, but names it until the topic is deleted', async () => {
  const harness = createHarness();
  await harness.topic({ messageRetentionDuration: { seconds: 600 } });
  await harness.subscription();
  await harness.call('DetachSubscription', { subscription: SUBSCRIPTION });
  expect(await harness.call('ListTopicSubscriptions', { topic: TOPIC })).toEqual({ subscriptions: [] });
  const get = (): Promise<object> => harness.call('GetSubscription', { subscription: SUBSCRIPTION });
  expect(await get()).toMatchObject({ detached: true, topic: TOPIC });
  await harness.call('DeleteTopic', { topic: TOPIC });
  expect(await get()).toMatchObject({ detached: true, topic: '_deleted-topic_' });
  expect(await get()).not.toHaveProperty('topicMessageRetentionDuration');
});

test('a subscription is not created detached, and is named by the server where the caller does not', async () => {
  const harness = createHarness();
  await harness.topic();
  const { name, detached } = await harness.subscription({ name: '', detached: true });
  expect(detached).toBeUndefined();
  expect(name).toMatch(/^projects\/acme-project\/subscriptions\/subscription-/);
  await harness.publish('one');
  expect(await harness.pullData(100, name)).toEqual(['one']);
});

test('a deleted subscription answers those who wait for it', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  const waiting = harness.call('Pull', { subscription: SUBSCRIPTION, maxMessages: 1 });
  await harness.call('DeleteSubscription', { subscription: SUBSCRIPTION });
  await expect(waiting).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
