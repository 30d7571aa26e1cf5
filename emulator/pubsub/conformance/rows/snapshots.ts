import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, isTrue, refused } from '../expectations.ts';
import { area } from '../row.ts';

const WEEK_SECONDS = 7 * 24 * 3600;

async function snapshotOf(context: Context, subscription: string): Promise<string> {
  const name = context.name('snapshots');
  await context.subscriber.createSnapshot({ name, subscription });
  return name;
}

export const snapshots = area('snapshots', documentation.snapshot, [
  {
    title: 'what was acknowledged after a snapshot comes again, and what was before does not',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'before');
      await context.drains(subscription, ['before'], 0);
      await context.publish(topic, 'unacknowledged');
      const snapshot = await snapshotOf(context, subscription);
      await context.drains(subscription, ['unacknowledged'], 0);
      await context.seek(subscription, { snapshot });
      await context.drains(subscription, ['unacknowledged']);
    },
  },
  {
    title: 'what was published after a snapshot comes again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const snapshot = await snapshotOf(context, subscription);
      await context.publish(topic, 'after');
      await context.drains(subscription, ['after'], 0);
      await context.seek(subscription, { snapshot });
      await context.drains(subscription, ['after']);
    },
  },
  {
    title: 'another subscription of the topic can be brought to the state of a snapshot',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const snapshot = await snapshotOf(context, subscription);
      const other = await context.subscription(topic);
      await context.seek(other, { snapshot });
      await context.drains(other, ['one']);
    },
  },
  {
    title: 'a subscription of another topic cannot',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      const snapshot = await snapshotOf(context, subscription);
      const { subscription: other } = await context.topicAndSubscription();
      await refused(context.seek(other, { snapshot }), 'INVALID_ARGUMENT', 'FAILED_PRECONDITION');
    },
  },
  {
    title: 'a snapshot can be used again and again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const snapshot = await snapshotOf(context, subscription);
      for (let time = 0; time < 3; time++) {
        await context.drains(subscription, ['one'], 0);
        await context.seek(subscription, { snapshot });
      }
      await context.drains(subscription, ['one']);
    },
  },
  {
    title: 'a snapshot outlives its subscription',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const snapshot = await snapshotOf(context, subscription);
      await context.subscriber.deleteSubscription({ subscription });
      const other = await context.subscription(topic);
      await context.seek(other, { snapshot });
      await context.drains(other, ['one']);
    },
  },
  {
    title: 'a snapshot is returned with its topic, its labels and when it expires: after 7 days without a backlog',
    documentation: documentation.createSnapshot,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const name = context.name('snapshots');
      const [created] = await context.subscriber.createSnapshot({ name, subscription, labels: { a: 'b' } });
      const [snapshot] = await context.subscriber.getSnapshot({ snapshot: name });
      equal(snapshot, created, 'what GetSnapshot returns');
      contains(snapshot, { name, topic, labels: { a: 'b' } }, 'the snapshot');
      const expiresInSeconds = Number(snapshot.expireTime?.seconds) - Date.now() / 1000;
      isTrue(Math.abs(expiresInSeconds - WEEK_SECONDS) < 60, `expires in ${Math.round(expiresInSeconds)} s`);
    },
  },
  {
    title: "a snapshot's labels can be changed",
    documentation: documentation.updateSnapshot,
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      const name = await snapshotOf(context, subscription);
      await context.subscriber.updateSnapshot({
        snapshot: { name, labels: { c: 'd' } },
        updateMask: { paths: ['labels'] },
      });
      contains((await context.subscriber.getSnapshot({ snapshot: name }))[0], { labels: { c: 'd' } }, 'the snapshot');
    },
  },
  {
    title: "a snapshot's topic cannot be changed",
    documentation: documentation.updateSnapshot,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const snapshot = { name: await snapshotOf(context, subscription), topic };
      const call = context.subscriber.updateSnapshot({ snapshot, updateMask: { paths: ['topic'] } });
      await refused(call, 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'snapshots are listed, of a project and of a topic',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const { subscription: other } = await context.topicAndSubscription();
      const [first, second] = [await snapshotOf(context, subscription), await snapshotOf(context, other)];
      const [all] = await context.subscriber.listSnapshots({ project: context.project });
      equal(all.map(({ name }) => name ?? '').sort(), [first, second].sort(), 'snapshots of the project');
      equal((await context.publisher.listTopicSnapshots({ topic }))[0], [first], 'snapshots of the topic');
    },
  },
  {
    title: 'a deleted snapshot is gone',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      const snapshot = await snapshotOf(context, subscription);
      await context.subscriber.deleteSnapshot({ snapshot });
      await refused(context.subscriber.getSnapshot({ snapshot }), 'NOT_FOUND');
      await refused(context.seek(subscription, { snapshot }), 'NOT_FOUND');
    },
  },
  {
    title: 'names are unique among snapshots',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      const name = await snapshotOf(context, subscription);
      await refused(context.subscriber.createSnapshot({ name, subscription }), 'ALREADY_EXISTS');
    },
  },
  {
    title: "a snapshot's name obeys the rules of names",
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      const name = context.name('snapshots', 'goog-one');
      await refused(context.subscriber.createSnapshot({ name, subscription }), 'INVALID_ARGUMENT');
    },
  },
]);
