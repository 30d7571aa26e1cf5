import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { isTrue } from '../expectations.ts';
import { area } from '../row.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

export const flowControl = area('flow control', documentation.flowControl, [
  ...[1, 3, 100].map((maxOutstandingMessages) => ({
    title: `a stream that allows ${maxOutstandingMessages} outstanding messages gets no more`,
    async run(context: Context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...numbered(300));
      const stream = context.stream(subscription, { maxOutstandingMessages });
      await stream.receives(maxOutstandingMessages);
      await stream.receivesNoMoreThan(maxOutstandingMessages);
    },
  })),
  {
    title: 'an acknowledgement makes room for as many messages',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...numbered(20));
      const stream = context.stream(subscription, { maxOutstandingMessages: 5 });
      const received = await stream.receives(5);
      stream.ack(...received.slice(0, 2));
      await stream.receives(7);
      await stream.receivesNoMoreThan(7);
    },
  },
  {
    title: 'a negative acknowledgement makes room as well',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...numbered(4));
      const stream = context.stream(subscription, { maxOutstandingMessages: 2 });
      stream.modifyAckDeadline(0, ...(await stream.receives(2)));
      await stream.receives(4);
      await stream.receivesNoMoreThan(4);
    },
  },
  {
    title: 'an Acknowledge call makes room on the stream',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...numbered(4));
      const stream = context.stream(subscription, { maxOutstandingMessages: 2 });
      await context.ack(subscription, ...(await stream.receives(2)));
      await stream.receives(4);
    },
  },
  {
    title: 'a stream that allows so many bytes gets no more, but for the message that passes the limit',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...Array.from({ length: 20 }, () => 'x'.repeat(1000)));
      const stream = context.stream(subscription, { maxOutstandingBytes: 5000 });
      await stream.receives(4);
      await stream.receivesNoMoreThan(6);
    },
  },
  {
    title: 'a message larger than the bytes allowed comes all the same, alone',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'x'.repeat(50_000), 'y'.repeat(50_000));
      const stream = context.stream(subscription, { maxOutstandingBytes: 1000 });
      await stream.receives(1);
      await stream.receivesNoMoreThan(1);
      stream.ack(...stream.received);
      await stream.receives(2);
    },
  },
  {
    title: 'each stream has limits of its own',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const [narrow, wide] = [1, 5].map((maxOutstandingMessages) =>
        context.stream(subscription, { maxOutstandingMessages }),
      );
      await context.publish(topic, ...numbered(20));
      await narrow?.receives(1);
      await wide?.receives(5);
      await narrow?.receivesNoMoreThan(1);
      await wide?.receivesNoMoreThan(5, 0);
    },
  },
  {
    title: 'what a full stream cannot take comes on another one',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...numbered(10));
      const full = context.stream(subscription, { maxOutstandingMessages: 2 });
      await full.receives(2);
      await context.stream(subscription).receives(8);
      await full.receivesNoMoreThan(2, 0);
    },
  },
  {
    title: "Google's client holds no more messages than it allows itself",
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...numbered(20));
      const subscriber = context.client.subscription(subscription, {
        flowControl: { maxMessages: 2, allowExcessMessages: false },
      });
      context.onEnd(() => subscriber.close());
      let held = 0;
      let most = 0;
      await new Promise<void>((resolve, reject) => {
        let done = 0;
        subscriber.on('error', reject);
        subscriber.on('message', (message) => {
          most = Math.max(most, ++held);
          setTimeout(() => {
            held--;
            message.ack();
            if (++done === 20) resolve();
          }, 20);
        });
      });
      isTrue(most <= 2, `${most} messages at once`);
    },
  },
]);
