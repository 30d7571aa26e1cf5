import type { Context, Draft } from '../context/context.ts';
import { dataOf, type Received } from '../context/received.ts';
import { documentation } from '../documentation.ts';
import { equal, isTrue } from '../expectations.ts';
import { area } from '../row.ts';

const ORDERED = { enableMessageOrdering: true };

const keyed = (orderingKey: string, ...texts: readonly string[]): Draft[] =>
  texts.map((data) => ({ data, orderingKey }));

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

/** Acknowledges what it pulls. @returns the data, in the order in which it came */
async function consume(context: Context, subscription: string, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    await context.pullOne(subscription).then(async (received) => {
      seen.push(received.data);
      await context.ack(subscription, received);
    });
  }
  return seen;
}

const ofKey = (received: readonly Received[], key: string): string[] =>
  dataOf(received.filter(({ orderingKey }) => orderingKey === key));

export const ordering = area('ordering', documentation.ordering, [
  {
    title: 'messages of a key come in the order in which they were published',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      for (const text of numbered(10)) await context.publish(topic, ...keyed('a', text));
      equal(await consume(context, subscription, 10), numbered(10), 'the order');
    },
  },
  {
    title: 'messages of a key come in the order of their request',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      await context.publish(topic, ...keyed('a', ...numbered(50)));
      equal(await consume(context, subscription, 50), numbered(50), 'the order');
    },
  },
  {
    title: 'within a response the messages of a key are in order',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      await context.publish(topic, ...numbered(20).flatMap((text) => [...keyed('a', text), ...keyed('b', text)]));
      const received = await context.pullNow(subscription);
      for (const key of ['a', 'b']) {
        const texts = ofKey(received, key);
        equal(texts, numbered(texts.length), `the order of ${key}`);
      }
    },
  },
  {
    title: 'a stream delivers the messages of each key in order',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      const stream = context.stream(subscription);
      for (const text of numbered(20)) await context.publish(topic, ...keyed('a', text), ...keyed('b', text));
      let acknowledged = 0;
      while (acknowledged < 40) {
        const received = await stream.receives(acknowledged + 1);
        stream.ack(...received.slice(acknowledged));
        acknowledged = received.length;
      }
      for (const key of ['a', 'b']) equal(ofKey(stream.received, key), numbered(20), `the order of ${key}`);
    },
  },
  {
    title: 'after a negative acknowledgement the message comes first, and what follows it after it',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      await context.publish(topic, ...keyed('a', ...numbered(5)));
      const [first] = await context.pull(subscription, 1);
      if (first) await context.nack(subscription, first);
      equal(await consume(context, subscription, 5), numbered(5), 'the order');
    },
  },
  {
    title: 'a failure brings again what was delivered after it, in order',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      await context.publish(topic, ...keyed('a', ...numbered(5)));
      const stream = context.stream(subscription);
      const first = (await stream.receives(1))[0];
      await stream.receivesNoMoreThan(5, 300);
      const before = stream.received.length;
      if (first) stream.modifyAckDeadline(0, first);
      await stream.receives(before + 1);
      equal(stream.received[before]?.data, '0', 'what comes first after the failure');
      let acknowledged = before;
      while (stream.received.at(-1)?.data !== '4' || acknowledged < stream.received.length) {
        const received = await stream.receives(acknowledged + 1);
        stream.ack(...received.slice(acknowledged));
        acknowledged = received.length;
      }
      equal(dataOf(stream.received.slice(before)), numbered(5), 'the order after the failure');
    },
  },
  {
    title: 'after an expired deadline the message comes first, and what follows it after it',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      await context.publish(topic, ...keyed('a', ...numbered(4)));
      const received = await context.pullNow(subscription);
      await context.modifyAckDeadline(subscription, 1, ...received);
      equal(await consume(context, subscription, 4), numbered(4), 'the order');
    },
  },
  {
    title: 'what is acknowledged before a failure does not come again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      await context.publish(topic, ...keyed('a', ...numbered(4)));
      await context.ack(subscription, await context.pullOne(subscription));
      await context.nack(subscription, await context.pullOne(subscription));
      equal(await consume(context, subscription, 3), ['1', '2', '3'], 'the order');
      await context.pullsNothing(subscription);
    },
  },
  {
    title: 'a key that fails does not hold up another one',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({
        ...ORDERED,
        retryPolicy: { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 10 } },
      });
      await context.publish(topic, ...keyed('bad', 'x'));
      await context.nack(subscription, await context.pullOne(subscription));
      await context.publish(topic, ...keyed('bad', 'y'), ...keyed('good', ...numbered(3)));
      equal(await consume(context, subscription, 3), numbered(3), 'what comes meanwhile');
    },
  },
  {
    title: 'while a message backs off, what follows it in its key waits',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({
        ...ORDERED,
        retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 1 } },
      });
      await context.publish(topic, ...keyed('a', ...numbered(3)));
      await context.nack(subscription, await context.pullOne(subscription));
      await context.pullsNothing(subscription, 700);
      equal(await consume(context, subscription, 3), numbered(3), 'the order');
    },
  },
  {
    title: 'messages without a key are not held up by one of theirs',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      await context.publish(topic, 'one', 'two', 'three');
      const received = await context.pull(subscription, 3);
      equal(dataOf(received).sort(), ['one', 'three', 'two'], 'all at once');
    },
  },
  {
    title: 'a subscription without ordering delivers keys like any message',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...keyed('a', ...numbered(3)));
      const first = await context.pullOne(subscription);
      const others = await context.pull(subscription, 2);
      equal(
        [first, ...others].map(({ orderingKey }) => orderingKey),
        ['a', 'a', 'a'],
        'keys of all outstanding at once',
      );
    },
  },
  {
    title: 'pushes of a key come one at a time, in order',
    documentation: documentation.push,
    async run(context) {
      let open = 0;
      let most = 0;
      const endpoint = await context.endpoint(() => (response) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          response.writeHead(204).end();
        }, 30);
      });
      const { topic } = await context.topicAndSubscription({ ...ORDERED, pushConfig: { pushEndpoint: endpoint.url } });
      await context.publish(topic, ...keyed('a', ...numbered(6)));
      const texts = (await endpoint.envelopes(6)).map(({ message }) =>
        Buffer.from(message.data ?? '', 'base64').toString(),
      );
      equal(texts, numbered(6), 'the order');
      isTrue(most === 1, `${most} pushes of a key at once`);
    },
  },
  {
    title: "Google's clients publish and receive in order",
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(ORDERED);
      const publisher = context.client.topic(topic, { messageOrdering: true, batching: { maxMessages: 7 } });
      await Promise.all(
        numbered(50).map((text) => publisher.publishMessage({ data: Buffer.from(text), orderingKey: 'a' })),
      );
      const subscriber = context.client.subscription(subscription);
      context.onEnd(() => subscriber.close());
      const seen: string[] = [];
      await new Promise<void>((resolve, reject) => {
        subscriber.on('error', reject);
        subscriber.on('message', (message) => {
          seen.push(message.data.toString());
          message.ack();
          if (seen.length === 50) resolve();
        });
      });
      equal(seen, numbered(50), 'the order');
    },
  },
]);
