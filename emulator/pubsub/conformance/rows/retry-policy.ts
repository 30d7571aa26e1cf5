import { dataOf } from '../context/received.ts';
import { documentation } from '../documentation.ts';
import { equal, isTrue } from '../expectations.ts';
import { expire, policy } from './failing.ts';
import { area } from '../row.ts';

export const retryPolicy = area('retry policy', documentation.retry, [
  {
    title: 'without one, a failed message comes again at once, and again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const before = performance.now();
      for (let time = 0; time < 6; time++) await context.nack(subscription, await context.pullOne(subscription));
      isTrue(performance.now() - before < 3000, `${Math.round(performance.now() - before)} ms for 6 deliveries`);
    },
  },
  {
    title: 'a failed message comes again after the minimum back-off, and not before',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ retryPolicy: policy(1.5, 60) });
      await context.publish(topic, 'one');
      await context.nack(subscription, await context.pullOne(subscription));
      await context.pullsNothing(subscription, 1200);
      await context.pullOne(subscription, 5000);
    },
  },
  {
    title: 'back-off grows from failure to failure',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ retryPolicy: policy(0.4, 60) });
      await context.publish(topic, 'one');
      const waits: number[] = [];
      let failedAt = performance.now();
      for (let time = 0; time < 4; time++) {
        const received = await context.pullOne(subscription);
        waits.push(performance.now() - failedAt);
        await context.nack(subscription, received);
        failedAt = performance.now();
      }
      const [, second = 0, third = 0, fourth = 0] = waits;
      isTrue(third > 1.2 * second && fourth > 1.2 * third, `waits of ${waits.map(Math.round).join(', ')} ms`);
    },
  },
  {
    title: 'back-off does not grow beyond its maximum',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ retryPolicy: policy(0.3, 0.6) });
      await context.publish(topic, 'one');
      const before = performance.now();
      for (let time = 0; time < 7; time++) await context.nack(subscription, await context.pullOne(subscription));
      isTrue(performance.now() - before < 7000, `${Math.round(performance.now() - before)} ms for 7 deliveries`);
    },
  },
  {
    title: 'an expired deadline counts as a failure',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ retryPolicy: policy(2, 60) });
      await context.publish(topic, 'one');
      await expire(context, subscription);
      await context.pullsNothing(subscription, 2500);
      await context.pullOne(subscription);
    },
  },
  {
    title: 'other messages do not wait for one that backs off',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ retryPolicy: policy(5, 60) });
      await context.publish(topic, 'bad');
      await context.nack(subscription, await context.pullOne(subscription));
      await context.publish(topic, 'good');
      equal(dataOf(await context.pull(subscription, 1, 2000)), ['good'], 'what comes');
    },
  },
  {
    title: 'a new policy holds for failures after it',
    async run(context) {
      const { topic, subscription: name } = await context.topicAndSubscription({ retryPolicy: policy(600, 600) });
      await context.updateSubscription({ name }, 'retry_policy');
      await context.publish(topic, 'one');
      await context.nack(name, await context.pullOne(name));
      await context.pullOne(name, 3000);
    },
  },
]);
