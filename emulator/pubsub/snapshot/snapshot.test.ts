import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, toMs } from '../protocol/duration.ts';
import type { Snapshot as SnapshotResource, Timestamp } from '../protocol/resources.ts';
import { createHarness, type Harness, PROJECT, SUBSCRIPTION, TOPIC } from '../testing/harness.ts';
import { checkExpireTime, expireTimeMs } from './lifetime.ts';

const SNAPSHOT = `${PROJECT}/snapshots/before-deploy`;
const OTHER = `${SUBSCRIPTION}.other`;

const snapshot = (harness: Harness, request: object = {}): Promise<SnapshotResource> =>
  harness.call('CreateSnapshot', { name: SNAPSHOT, subscription: SUBSCRIPTION, ...request });

const seek = (harness: Harness, subscription = SUBSCRIPTION): Promise<object> =>
  harness.call('Seek', { subscription, snapshot: SNAPSHOT });

const code = (expected: string): object => ({ code: expected });

async function createSubscribed(resource: object = {}, options: object = {}): Promise<Harness> {
  const harness = createHarness(options);
  await harness.topic();
  await harness.subscription(resource);
  return harness;
}

async function acknowledgeAll(harness: Harness, subscription = SUBSCRIPTION): Promise<void> {
  await harness.acknowledge(await harness.pull(1000, subscription), subscription);
}

test.each([
  ['without a backlog', 0, 7 * DAY_MS],
  ['with a backlog three days old', 3 * DAY_MS, 4 * DAY_MS],
  ['with one that leaves just an hour', 7 * DAY_MS - HOUR_MS, HOUR_MS],
])('a snapshot lives seven days from the publication of its oldest message: %s', (_, ageMs, expectedMs) => {
  const nowMs = 1_000_000_000_000;
  expect(expireTimeMs(nowMs, nowMs - ageMs) - nowMs).toBe(expectedMs);
});

test.each([7 * DAY_MS - HOUR_MS + 1, 8 * DAY_MS])('one that would live less than an hour is refused: %i', (ageMs) => {
  expect(() => expireTimeMs(0, -ageMs)).toThrow('less than an hour');
});

test.each([
  ['the past', 999, false],
  ['now', 1000, false],
  ['later', 1001, true],
  ['as it was at first', 5000, true],
  ['later than that', 5001, false],
])('an update to expire in %s', (_, requestedMs, isAllowed) => {
  const check = (): number => checkExpireTime(requestedMs, 1000, 5000);
  if (isAllowed) expect(check()).toBe(requestedMs);
  else expect(check).toThrow('expire_time');
});

test('it brings back what was not acknowledged when it was created, and all that came after it', async () => {
  const harness = await createSubscribed();
  await harness.publish('acknowledged', 'outstanding');
  const [first] = await harness.pull();
  await harness.acknowledge([first!]);
  await harness.publish('undelivered');
  await snapshot(harness);
  await harness.publish('after');
  harness.clock.advance(10_000);
  await acknowledgeAll(harness);
  expect(await harness.pull()).toEqual([]);
  await seek(harness);
  expect(await harness.pullData()).toEqual(['outstanding', 'undelivered', 'after']);
  await seek(harness);
  expect(await harness.pullData()).toEqual(['outstanding', 'undelivered', 'after']);
});

test('seeking marks what was acknowledged at its creation as acknowledged', async () => {
  const harness = await createSubscribed({ retainAckedMessages: true });
  const time = { seconds: harness.clock.now() / 1000 };
  await harness.publish('one', 'two');
  await acknowledgeAll(harness);
  await snapshot(harness);
  await harness.call('Seek', { subscription: SUBSCRIPTION, time });
  expect(await harness.pullData()).toEqual(['one', 'two']);
  await seek(harness);
  harness.clock.advance(MINUTE_MS);
  expect(await harness.pull()).toEqual([]);
});

test('any subscription of the topic can seek to it, and reads on as it would have', async () => {
  const harness = await createSubscribed();
  await harness.publish('one');
  await snapshot(harness);
  await harness.call('DeleteSubscription', { subscription: SUBSCRIPTION });
  await harness.publish('two');
  await harness.subscription({ name: OTHER });
  await seek(harness, OTHER);
  await harness.publish('three');
  expect(await harness.pullData(100, OTHER)).toEqual(['one', 'two', 'three']);
});

test('an ack id from before the seek is good for nothing after it', async () => {
  const harness = await createSubscribed();
  await harness.publish('one');
  const received = await harness.pull();
  await snapshot(harness);
  await seek(harness);
  await harness.acknowledge(received);
  expect(await harness.pullData()).toEqual(['one']);
});

test('the order of a key is kept', async () => {
  const harness = await createSubscribed({ enableMessageOrdering: true });
  const keyed = (data: string): object => ({ data, orderingKey: 'k' });
  await harness.publish(keyed('one'), keyed('two'), keyed('three'));
  await harness.pull(2);
  await snapshot(harness);
  await harness.publish(keyed('four'));
  await seek(harness);
  expect(await harness.pullData(3)).toEqual(['one', 'two', 'three']);
});

test('it holds messages that have outlived their retention, and gives them back', async () => {
  const harness = await createSubscribed({ messageRetentionDuration: { seconds: 600 } });
  await harness.publish('x'.repeat(300_000));
  await harness.pull();
  await harness.publish('two');
  await snapshot(harness);
  harness.clock.advance(DAY_MS);
  await harness.publish('three');
  expect(await harness.pullData()).toEqual(['three']);
  await seek(harness);
  harness.clock.advance(HOUR_MS);
  expect((await harness.pullData()).map((data) => data.length)).toEqual([300_000, 3, 5]);
});

test('what was given back is kept until the snapshot would expire, what is published later for its retention', async () => {
  const harness = await createSubscribed({ messageRetentionDuration: { seconds: 600 } });
  await harness.publish('one');
  await snapshot(harness);
  await seek(harness);
  harness.clock.advance(MINUTE_MS);
  await harness.publish('two');
  harness.clock.advance(HOUR_MS);
  expect(await harness.pullData()).toEqual(['one']);
  harness.clock.advance(7 * DAY_MS);
  expect(await harness.pull()).toEqual([]);
});

test('it expires by the clock, and lets go of what only it held', async () => {
  const harness = await createSubscribed();
  await harness.publish('x'.repeat(300_000));
  await snapshot(harness);
  await acknowledgeAll(harness);
  harness.clock.advance(7 * DAY_MS - 1);
  expect(await harness.call('GetSnapshot', { snapshot: SNAPSHOT })).toMatchObject({ name: SNAPSHOT });
  expect(harness.pubsub.held.bytes).toBeGreaterThan(300_000);
  harness.clock.advance(1);
  await expect(harness.call('GetSnapshot', { snapshot: SNAPSHOT })).rejects.toMatchObject(code('NOT_FOUND'));
  await expect(seek(harness)).rejects.toMatchObject(code('NOT_FOUND'));
  await harness.publish('fresh');
  await acknowledgeAll(harness);
  expect(harness.pubsub.held.bytes).toBeLessThan(300_000);
});

test('deleting it drops what only it held', async () => {
  const harness = await createSubscribed();
  const before = harness.pubsub.held.bytes;
  await harness.publish('x'.repeat(300_000));
  await harness.pull();
  await snapshot(harness);
  await harness.call('DeleteSubscription', { subscription: SUBSCRIPTION });
  expect(harness.pubsub.held.bytes).toBeGreaterThan(300_000);
  await harness.call('DeleteSnapshot', { snapshot: SNAPSHOT });
  expect(harness.pubsub.held.bytes - before).toBeLessThan(310_000);
  await expect(harness.call('DeleteSnapshot', { snapshot: SNAPSHOT })).rejects.toMatchObject(code('NOT_FOUND'));
});

test('a backlog that is too old cannot be saved, and nothing is left of the attempt', async () => {
  const harness = await createSubscribed({ messageRetentionDuration: { seconds: (14 * DAY_MS) / 1000 } });
  await harness.publish('old');
  harness.clock.advance(7 * DAY_MS - HOUR_MS + 1);
  await expect(snapshot(harness)).rejects.toMatchObject(code('FAILED_PRECONDITION'));
  await acknowledgeAll(harness);
  const { expireTime = {} } = await snapshot(harness);
  expect(toMs(expireTime) - harness.clock.now()).toBe(7 * DAY_MS);
});

test('what a filter leaves out neither shortens its life nor comes back', async () => {
  const harness = await createSubscribed({ filter: 'attributes.type = "a"' });
  await harness.publish({ data: 'left out', attributes: { type: 'b' } });
  harness.clock.advance(DAY_MS);
  await harness.publish({ data: 'one', attributes: { type: 'a' } }, { data: 'no', attributes: { type: 'b' } });
  const { expireTime = {} } = await snapshot(harness);
  expect(toMs(expireTime) - harness.clock.now()).toBe(7 * DAY_MS);
  await harness.publish({ data: 'two', attributes: { type: 'b' } });
  await harness.subscription({ name: OTHER });
  await seek(harness, OTHER);
  expect(await harness.pullData(100, OTHER)).toEqual(['one', 'two']);
  await seek(harness);
  expect(await harness.pullData()).toEqual(['one']);
});

test('the filter of the subscription that seeks decides what is delivered', async () => {
  const harness = await createSubscribed();
  await harness.publish({ data: 'a1', attributes: { type: 'a' } }, { data: 'b1', attributes: { type: 'b' } });
  await harness.pull();
  await snapshot(harness);
  await harness.publish({ data: 'a2', attributes: { type: 'a' } }, { data: 'b2', attributes: { type: 'b' } });
  await harness.subscription({ name: OTHER, filter: 'attributes.type = "b"' });
  await seek(harness, OTHER);
  expect(await harness.pullData(100, OTHER)).toEqual(['b1', 'b2']);
});

test('a snapshot of what was sought to a snapshot is the same again', async () => {
  const harness = await createSubscribed({ filter: 'attributes.type = "a"' });
  await harness.publish({ data: 'one', attributes: { type: 'a' } }, { data: 'no', attributes: { type: 'b' } });
  await snapshot(harness);
  await harness.subscription({ name: OTHER });
  await seek(harness, OTHER);
  const again = `${PROJECT}/snapshots/again`;
  await snapshot(harness, { name: again, subscription: OTHER });
  await acknowledgeAll(harness, OTHER);
  await harness.call('Seek', { subscription: OTHER, snapshot: again });
  expect(await harness.pullData(100, OTHER)).toEqual(['one']);
});

test('it can only be sought to by subscriptions of its topic, which another of the same name is not', async () => {
  const harness = await createSubscribed();
  await harness.publish('one');
  await snapshot(harness);
  const otherTopic = `${TOPIC}.other`;
  await harness.topic({ name: otherTopic });
  await harness.subscription({ name: OTHER, topic: otherTopic });
  await expect(seek(harness, OTHER)).rejects.toMatchObject(code('FAILED_PRECONDITION'));
  await harness.call('DeleteTopic', { topic: TOPIC });
  await harness.topic();
  const recreated = `${SUBSCRIPTION}.recreated`;
  await harness.subscription({ name: recreated });
  await expect(seek(harness, recreated)).rejects.toMatchObject(code('FAILED_PRECONDITION'));
});

test('it outlives its topic, and its subscriptions can still seek to it', async () => {
  const harness = await createSubscribed();
  await harness.publish('one');
  await snapshot(harness);
  await acknowledgeAll(harness);
  await harness.call('DeleteTopic', { topic: TOPIC });
  expect(await harness.call('GetSnapshot', { snapshot: SNAPSHOT })).toMatchObject({ topic: '_deleted-topic_' });
  await seek(harness);
  expect(await harness.pullData()).toEqual(['one']);
});

test('it is created once, found, and listed by project and by topic', async () => {
  const harness = await createSubscribed();
  const created = await snapshot(harness, { labels: { tenant: 'acme' } });
  const expireTime: Timestamp = { seconds: (harness.clock.now() + 7 * DAY_MS) / 1000 };
  expect(created).toEqual({ name: SNAPSHOT, topic: TOPIC, expireTime, labels: { tenant: 'acme' } });
  await snapshot(harness, { name: 'projects/other-project/snapshots/elsewhere' });
  const listed = await harness.call('ListSnapshots', { project: PROJECT });
  expect(listed).toEqual({ snapshots: [created] });
  const ofTopic = await harness.call('ListTopicSnapshots', { topic: TOPIC });
  expect(ofTopic).toEqual({ snapshots: [SNAPSHOT, 'projects/other-project/snapshots/elsewhere'] });
});

test('without a name it is given one in the project of its subscription', async () => {
  const harness = await createSubscribed();
  const { name } = await snapshot(harness, { name: '' });
  expect(name).toMatch(/^projects\/acme-project\/snapshots\/snapshot-/);
  expect(await harness.call('GetSnapshot', { snapshot: name })).toMatchObject({ name });
});

test.each([
  ['ALREADY_EXISTS', {}],
  ['INVALID_ARGUMENT', { name: 'before-deploy' }],
  ['INVALID_ARGUMENT', { name: `${PROJECT}/snapshots/goog-x` }],
  ['INVALID_ARGUMENT', { name: `${PROJECT}/snapshots/labels`, labels: { Upper: '' } }],
  ['NOT_FOUND', { name: `${PROJECT}/snapshots/no-source`, subscription: OTHER }],
  ['INVALID_ARGUMENT', { name: `${PROJECT}/snapshots/no-source`, subscription: '' }],
])('%s for %o', async (expected, request) => {
  const harness = await createSubscribed();
  await snapshot(harness);
  await expect(snapshot(harness, request)).rejects.toMatchObject(code(expected));
});

test('an update changes its labels and when it expires', async () => {
  const harness = await createSubscribed();
  const { expireTime } = await snapshot(harness, { labels: { tenant: 'acme' } });
  const update = (changes: SnapshotResource, ...paths: string[]): Promise<object> =>
    harness.call('UpdateSnapshot', { snapshot: { name: SNAPSHOT, ...changes }, updateMask: { paths } });
  expect(await update({ labels: { tenant: 'globex' } }, 'labels')).toMatchObject({
    labels: { tenant: 'globex' },
    expireTime,
  });
  const sooner = { seconds: (harness.clock.now() + HOUR_MS) / 1000 };
  expect(await update({ expireTime: sooner }, 'expire_time')).toMatchObject({ expireTime: sooner });
  for (const [changes, path] of [
    [{ topic: 'x' }, 'topic'],
    [{ labels: { Upper: '' } }, 'labels'],
    [{ expireTime: { seconds: 1 } }, 'expire_time'],
    [{}, 'expire_time'],
  ] as const) {
    await expect(update(changes, path)).rejects.toMatchObject(code('INVALID_ARGUMENT'));
  }
  await expect(update({})).rejects.toMatchObject(code('INVALID_ARGUMENT'));
  harness.clock.advance(HOUR_MS);
  await expect(update({ labels: {} }, 'labels')).rejects.toMatchObject(code('NOT_FOUND'));
});
