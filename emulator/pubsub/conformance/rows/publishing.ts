import { documentation } from '../documentation.ts';
import { equal, isTrue, present, refused } from '../expectations.ts';
import { dataOf } from '../context/received.ts';
import { area } from '../row.ts';

export const publishing = area('publish', documentation.publisher, [
  {
    title: 'a message arrives with its data, attributes and ordering key, byte by byte',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const data = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const attributes = { a: '1', 'ünïcode ✓': '値', empty: '' };
      await context.publish(topic, { data, attributes, orderingKey: 'key' });
      const received = await context.pullOne(subscription);
      equal(received.bytes, data, 'data');
      equal(received.attributes, attributes, 'attributes');
      equal(received.orderingKey, 'key', 'ordering key');
    },
  },
  {
    title: 'each message has an id of its own, which its subscribers see, in the order of the request',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const drafts = Array.from({ length: 50 }, (_, index) => `message ${index}`);
      const ids = await context.publish(topic, ...drafts);
      equal(new Set(ids).size, drafts.length, 'ids');
      const received = await context.pull(subscription, drafts.length);
      const byId = new Map(received.map(({ messageId, data }) => [messageId, data]));
      equal(
        ids.map((id) => byId.get(id)),
        drafts,
        'messages by their ids',
      );
    },
  },
  {
    title: 'a publisher has the id before a subscriber has the message, as a rule',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const stream = context.stream(subscription);
      await context.publish(topic, 'warm-up');
      await stream.receives(1);
      let late = 0;
      for (let count = 2; count <= 21; count++) {
        const [id] = await context.publish(topic, 'x');
        if (stream.received.some(({ messageId }) => messageId === id)) late++;
        await stream.receives(count);
      }
      isTrue(late < 10, `${late} of 20 messages were there before their ids`);
    },
  },
  {
    title: "a publisher's own message id is not taken",
    documentation: documentation.pubsubMessage,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const [id] = await context.publish(topic, { data: 'x', messageId: 'mine' });
      isTrue(id !== 'mine', 'the publisher has chosen the id');
      equal((await context.pullOne(subscription)).messageId, id, 'message id');
    },
  },
  {
    title: 'the publish time is when the server took the message',
    documentation: documentation.pubsubMessage,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const before = Date.now();
      await context.publish(topic, 'x');
      const after = Date.now();
      const { publishTimeMs } = await context.pullOne(subscription);
      isTrue(publishTimeMs >= before - 1 && publishTimeMs <= after + 1, `${publishTimeMs - before} ms after the call`);
    },
  },
  {
    title: 'a message with neither data nor attributes is refused',
    documentation: documentation.pubsubMessage,
    run: async (context) => void (await refused(context.publish(await context.topic(), ''), 'INVALID_ARGUMENT')),
  },
  {
    title: 'a message may have attributes only',
    documentation: documentation.pubsubMessage,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, { attributes: { only: 'this' } });
      const received = await context.pullOne(subscription);
      equal([received.data, received.attributes], ['', { only: 'this' }], 'the message');
    },
  },
  {
    title: 'every subscription of the topic gets every message, under the same id',
    async run(context) {
      const topic = await context.topic();
      const subscriptions = [await context.subscription(topic), await context.subscription(topic)];
      const ids = await context.publish(topic, 'one', 'two');
      for (const subscription of subscriptions) {
        const received = await context.pull(subscription, 2);
        equal(received.map(({ messageId }) => messageId).sort(), [...ids].sort(), 'ids');
      }
    },
  },
  {
    title: 'what one subscription acknowledges, another one still gets',
    async run(context) {
      const topic = await context.topic();
      const [first, second] = [await context.subscription(topic), await context.subscription(topic)];
      await context.publish(topic, 'one');
      await context.drains(first, ['one']);
      await context.drains(second, ['one']);
    },
  },
  {
    title: 'a subscription gets nothing that was published before it',
    async run(context) {
      const topic = await context.topic();
      await context.publish(topic, 'before');
      const subscription = await context.subscription(topic);
      await context.publish(topic, 'after');
      await context.drains(subscription, ['after']);
    },
  },
  {
    title: 'messages of another topic do not come',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      await context.publish(await context.topic(), 'elsewhere');
      await context.pullsNothing(subscription);
    },
  },
  {
    title: 'a topic without subscriptions takes messages',
    async run(context) {
      equal((await context.publish(await context.topic(), 'x', 'y')).length, 2, 'ids');
    },
  },
  {
    title: "Google's publisher client publishes in batches, and its subscriber client gets each message once",
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const texts = Array.from({ length: 300 }, (_, index) => `message ${index}`);
      const publisher = context.client.topic(topic, { batching: { maxMessages: 100, maxMilliseconds: 5 } });
      const ids = await Promise.all(texts.map((text) => publisher.publishMessage({ data: Buffer.from(text) })));
      equal(new Set(ids).size, texts.length, 'ids');
      const subscriber = context.client.subscription(subscription);
      context.onEnd(() => subscriber.close());
      const seen: string[] = [];
      await new Promise<void>((resolve, reject) => {
        subscriber.on('error', reject);
        subscriber.on('message', (message) => {
          seen.push(message.data.toString());
          message.ack();
          if (seen.length >= texts.length) resolve();
        });
      });
      equal(seen.sort(), texts.sort(), 'what is received');
    },
  },
  {
    title: 'publish times do not go back from one request to the next',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      for (const text of ['one', 'two', 'three']) await context.publish(topic, text);
      const received = [...(await context.pull(subscription, 3))].sort((a, b) => a.publishTimeMs - b.publishTimeMs);
      equal(dataOf(received), ['one', 'two', 'three'], 'in order of their publish times');
      present(received[0], 'a message');
    },
  },
]);
