import { dataOf } from '../context/received.ts';
import { documentation } from '../documentation.ts';
import { equal, isTrue } from '../expectations.ts';
import { area } from '../row.ts';

export const acknowledging = area('acknowledge', documentation.leases, [
  {
    title: 'what is acknowledged does not come again',
    documentation: documentation.acknowledge,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one', 'two');
      const received = await context.pull(subscription, 2);
      await context.modifyAckDeadline(subscription, 1, ...received);
      await context.ack(subscription, ...received);
      await context.pullsNothing(subscription, 2000);
    },
  },
  {
    title: 'an acknowledgement may be repeated',
    documentation: documentation.acknowledge,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const received = await context.pullOne(subscription);
      await context.ack(subscription, received);
      await context.ack(subscription, received);
    },
  },
  {
    title: 'an acknowledgement of an expired lease is not an error',
    documentation: documentation.acknowledge,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const received = await context.pullOne(subscription);
      await context.nack(subscription, received);
      await context.ack(subscription, received);
    },
  },
  {
    title: 'of several messages just those are done that are acknowledged',
    documentation: documentation.acknowledge,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'keep', 'done');
      const received = await context.pull(subscription, 2);
      await context.ack(subscription, ...received.filter(({ data }) => data === 'done'));
      await context.nack(subscription, ...received.filter(({ data }) => data === 'keep'));
      await context.drains(subscription, ['keep']);
    },
  },
  {
    title: 'a message comes again when its deadline of 10 s is over, and not before',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ ackDeadlineSeconds: 10 });
      await context.publish(topic, 'one');
      const before = performance.now();
      const first = await context.pullOne(subscription);
      const again = await context.pullOne(subscription, 13_500);
      isTrue(performance.now() - before > 9500, `again after ${Math.round(performance.now() - before)} ms`);
      equal(again.messageId, first.messageId, 'message id');
    },
  },
  {
    title: 'a deadline can be shortened to 1 s',
    documentation: documentation.modifyAckDeadline,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ ackDeadlineSeconds: 600 });
      await context.publish(topic, 'one');
      await context.modifyAckDeadline(subscription, 1, await context.pullOne(subscription));
      await context.pullsNothing(subscription, 700);
      await context.pullOne(subscription, 5000);
    },
  },
  {
    title: 'a deadline can be prolonged',
    documentation: documentation.modifyAckDeadline,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const received = await context.pullOne(subscription);
      await context.modifyAckDeadline(subscription, 2, received);
      await context.modifyAckDeadline(subscription, 60, received);
      await context.pullsNothing(subscription, 3500);
    },
  },
  {
    title: 'a deadline counts from the request that modifies it',
    documentation: documentation.modifyAckDeadline,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const received = await context.pullOne(subscription);
      for (let time = 0; time < 4; time++) {
        await context.modifyAckDeadline(subscription, 2, received);
        await context.pullsNothing(subscription, 1000);
      }
    },
  },
  {
    title: 'a deadline of 0 delivers the message again at once',
    documentation: documentation.modifyAckDeadline,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ ackDeadlineSeconds: 600 });
      const [id] = await context.publish(topic, 'one');
      await context.nack(subscription, await context.pullOne(subscription));
      equal((await context.pullOne(subscription, 3000)).messageId, id, 'message id');
    },
  },
  {
    title: 'a message that comes again has its publish time, data and attributes as before',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, { data: 'one', attributes: { a: 'b' } });
      const { ackId: firstAckId, ...first } = await context.pullOne(subscription);
      await context.modifyAckDeadline(subscription, 0, { ackId: firstAckId, ...first });
      const { ackId: _, ...second } = await context.pullOne(subscription);
      equal(second, first, 'the message');
    },
  },
  {
    title: 'messages that nobody fails are not held up by one that fails',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'bad');
      const bad = await context.pullOne(subscription);
      await context.publish(topic, 'good');
      equal(dataOf(await context.pull(subscription, 1)), ['good'], 'what comes');
      await context.nack(subscription, bad);
      equal(dataOf(await context.pull(subscription, 1)), ['bad'], 'what comes then');
    },
  },
]);
