import { documentation } from '../documentation.ts';
import { equal, isTrue, refused } from '../expectations.ts';
import { elapsed } from '../context/waiting.ts';
import { area } from '../row.ts';

const MANY = Array.from({ length: 10 }, (_, index) => `message ${index}`);

export const pulling = area('pull', documentation.pullRequest, [
  {
    title: 'a pull returns no more messages than it asks for',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...MANY);
      equal((await context.pull(subscription, 1)).length, 1, 'messages');
      isTrue((await context.pullNow(subscription, 3)).length <= 3, 'more than 3 messages');
    },
  },
  {
    title: 'a pull waits for a first message',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const pulling = context.subscriber.pull({ subscription, maxMessages: 10 });
      await elapsed(300);
      await context.publish(topic, 'late');
      const [{ receivedMessages }] = await pulling;
      equal(receivedMessages?.length, 1, 'messages');
    },
  },
  {
    title: 'a pull that is to return immediately returns without messages',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      const before = performance.now();
      equal((await context.pullNow(subscription)).length, 0, 'messages');
      isTrue(performance.now() - before < 3000, 'it has waited');
    },
  },
  {
    title: 'a pull does not wait until it is full',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const [{ receivedMessages }] = await context.subscriber.pull({ subscription, maxMessages: 100 });
      equal(receivedMessages?.length, 1, 'messages');
    },
  },
  {
    title: 'what is outstanding is not delivered to another pull',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...MANY);
      const received = await context.pull(subscription, MANY.length);
      equal(new Set(received.map(({ messageId }) => messageId)).size, MANY.length, 'different messages');
      await context.pullsNothing(subscription);
    },
  },
  {
    title: 'pulls that wait side by side share the messages',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const pulls = [1, 2, 3].map(() => context.subscriber.pull({ subscription, maxMessages: 1 }));
      await elapsed(200);
      await context.publish(topic, 'a', 'b', 'c');
      const messages = (await Promise.all(pulls)).flatMap(([{ receivedMessages }]) => receivedMessages ?? []);
      equal(messages.map(({ message }) => String(message?.data)).sort(), ['a', 'b', 'c'], 'what the three got');
    },
  },
  {
    title: 'a pull whose caller has gone takes no message with it',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const abandoned = context.subscriber.pull({ subscription, maxMessages: 1 }, { timeout: 200, retry: null });
      await refused(abandoned, 'DEADLINE_EXCEEDED').catch(() => undefined);
      await context.publish(topic, 'one');
      await context.drains(subscription, ['one']);
    },
  },
  {
    title: 'a subscription that is pushed cannot be pulled',
    async run(context) {
      const pushConfig = { pushEndpoint: (await context.endpoint()).url };
      const { subscription } = await context.topicAndSubscription({ pushConfig });
      await refused(context.pullNow(subscription), 'FAILED_PRECONDITION', 'INVALID_ARGUMENT');
    },
  },
]);
