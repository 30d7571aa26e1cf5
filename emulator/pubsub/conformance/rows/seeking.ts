import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { equal } from '../expectations.ts';
import { elapsed } from '../context/waiting.ts';
import { area } from '../row.ts';

const RETAINING = { retainAckedMessages: true };
const MINUTE_MS = 60_000;

const aMinuteAgo = (): { timeMs: number } => ({ timeMs: Date.now() - MINUTE_MS });

/** Publishes two messages. @returns a time between the two, in milliseconds */
async function publishTwo(context: Context, topic: string): Promise<number> {
  await context.publish(topic, 'early');
  await elapsed(100);
  const between = Date.now();
  await elapsed(100);
  await context.publish(topic, 'late');
  return between;
}

export const seeking = area('seek to a time', documentation.replay, [
  {
    title: 'acknowledged messages that are retained come again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(RETAINING);
      await context.publish(topic, 'one', 'two');
      await context.drains(subscription, ['one', 'two'], 0);
      await context.seek(subscription, aMinuteAgo());
      await context.drains(subscription, ['one', 'two']);
    },
  },
  {
    title: 'acknowledged messages that are not retained do not come again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one', 'two');
      await context.drains(subscription, ['one', 'two'], 0);
      await context.publish(topic, 'three');
      await context.seek(subscription, aMinuteAgo());
      await context.drains(subscription, ['three']);
    },
  },
  {
    title: "a topic's retention brings them again, whatever the subscription retains",
    async run(context) {
      const topic = await context.topic({ messageRetentionDuration: { seconds: 600 } });
      const subscription = await context.subscription(topic);
      await context.publish(topic, 'one');
      await context.drains(subscription, ['one'], 0);
      await context.seek(subscription, aMinuteAgo());
      await context.drains(subscription, ['one']);
    },
  },
  {
    title: "a topic's retention brings to a subscription what was published before it",
    async run(context) {
      const topic = await context.topic({ messageRetentionDuration: { seconds: 600 } });
      await context.publish(topic, 'before');
      const subscription = await context.subscription(topic);
      await context.pullsNothing(subscription);
      await context.seek(subscription, aMinuteAgo());
      await context.drains(subscription, ['before']);
    },
  },
  {
    title: 'just what was published since then comes again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(RETAINING);
      const timeMs = await publishTwo(context, topic);
      await context.drains(subscription, ['early', 'late'], 0);
      await context.seek(subscription, { timeMs });
      await context.drains(subscription, ['late']);
    },
  },
  {
    title: 'what was published before then counts as acknowledged',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const timeMs = await publishTwo(context, topic);
      await context.seek(subscription, { timeMs });
      await context.drains(subscription, ['late']);
    },
  },
  {
    title: 'a seek to the future purges what is there, outstanding messages too',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'outstanding', 'waiting');
      await context.modifyAckDeadline(subscription, 1, await context.pullOne(subscription));
      await context.seek(subscription, { timeMs: Date.now() + 5 });
      await context.pullsNothing(subscription, 1800);
    },
  },
  {
    title: 'what is published after a purge comes',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'before');
      await context.seek(subscription, { timeMs: Date.now() + 5 });
      await elapsed(20);
      await context.publish(topic, 'after');
      await context.drains(subscription, ['after']);
    },
  },
  {
    title: 'a purge can be undone where acknowledged messages are retained',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(RETAINING);
      await context.publish(topic, 'one');
      await context.seek(subscription, { timeMs: Date.now() + 5 });
      await context.pullsNothing(subscription, 200);
      await context.seek(subscription, aMinuteAgo());
      await context.drains(subscription, ['one']);
    },
  },
  {
    title: 'a seek of one subscription leaves another one alone',
    async run(context) {
      const topic = await context.topic();
      const [purged, other] = [await context.subscription(topic), await context.subscription(topic)];
      await context.publish(topic, 'one');
      await context.seek(purged, { timeMs: Date.now() + 5 });
      await context.drains(other, ['one']);
      await context.pullsNothing(purged, 200);
    },
  },
  {
    title: 'what comes again has its id and publish time as before',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(RETAINING);
      await context.publish(topic, 'one');
      const first = await context.pullOne(subscription);
      await context.ack(subscription, first);
      await context.seek(subscription, aMinuteAgo());
      const again = await context.pullOne(subscription);
      equal([again.messageId, again.publishTimeMs], [first.messageId, first.publishTimeMs], 'id and publish time');
    },
  },
  {
    title: 'a stream that is open gets what comes again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(RETAINING);
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      await context.ack(subscription, ...(await stream.receives(1)));
      await context.seek(subscription, aMinuteAgo());
      await stream.receives(2);
    },
  },
  {
    title: 'retained messages come again in the order of their key',
    documentation: documentation.ordering,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ ...RETAINING, enableMessageOrdering: true });
      await context.publish(topic, ...['0', '1', '2'].map((data) => ({ data, orderingKey: 'a' })));
      await context.drains(subscription, ['0', '1', '2'], 0);
      await context.seek(subscription, aMinuteAgo());
      const seen: string[] = [];
      while (seen.length < 3) {
        const received = await context.pullOne(subscription);
        seen.push(received.data);
        await context.ack(subscription, received);
      }
      equal(seen, ['0', '1', '2'], 'the order');
    },
  },
]);
