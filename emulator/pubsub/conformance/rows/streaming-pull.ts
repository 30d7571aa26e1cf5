import type { protos } from '@google-cloud/pubsub';
import type { Context } from '../context/context.ts';
import { ackIdsOf, dataOf } from '../context/received.ts';
import { documentation } from '../documentation.ts';
import { type Code, equal, isTrue } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

type Request = protos.google.pubsub.v1.IStreamingPullRequest;

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

interface Refusal {
  readonly what: string;
  readonly code: Code;
  readonly first?: (context: Context) => Request;
  readonly second?: (context: Context) => Request;
}

const REFUSED: readonly Refusal[] = [
  { what: 'a first request without a subscription', code: 'INVALID_ARGUMENT', first: () => ({ subscription: '' }) },
  {
    what: 'a subscription that does not exist',
    code: 'NOT_FOUND',
    first: (context) => ({ subscription: context.name('subscriptions', 'none') }),
  },
  {
    what: 'a first request without an ack deadline',
    code: 'INVALID_ARGUMENT',
    first: () => ({ streamAckDeadlineSeconds: 0 }),
  },
  { what: 'an ack deadline of 9 s', code: 'INVALID_ARGUMENT', first: () => ({ streamAckDeadlineSeconds: 9 }) },
  { what: 'an ack deadline of 601 s', code: 'INVALID_ARGUMENT', first: () => ({ streamAckDeadlineSeconds: 601 }) },
  {
    what: 'a subscription in a later request',
    code: 'INVALID_ARGUMENT',
    second: (context) => ({ subscription: context.name('subscriptions', 'subscription-2') }),
  },
  {
    what: 'deadlines without ack ids of the same number',
    code: 'INVALID_ARGUMENT',
    second: () => ({ modifyDeadlineSeconds: [10], modifyDeadlineAckIds: ['a', 'b'] }),
  },
  {
    what: 'a modified deadline of 601 s',
    code: 'INVALID_ARGUMENT',
    second: () => ({ modifyDeadlineSeconds: [601], modifyDeadlineAckIds: ['a'] }),
  },
  {
    what: 'flow control in a later request',
    code: 'INVALID_ARGUMENT',
    second: () => ({ maxOutstandingMessages: 5 }),
  },
];

const refusals: Behaviour[] = REFUSED.map(({ what, code, first, second }) => ({
  title: `a stream is ended with ${code} for ${what}`,
  documentation: documentation.streamingPull,
  async run(context) {
    const { subscription } = await context.topicAndSubscription();
    const stream = context.stream(subscription, first?.(context) ?? {});
    if (second) stream.write(second(context));
    equal(await stream.ends(), code, 'the status');
  },
}));

export const streamingPull = area('streaming pull', documentation.streamingPull, [
  {
    title: 'a stream delivers what is published while it is open',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const stream = context.stream(subscription);
      for (const text of ['one', 'two', 'three']) await context.publish(topic, text);
      equal(dataOf(await stream.receives(3)).sort(), ['one', 'three', 'two'], 'what is received');
    },
  },
  {
    title: 'a stream delivers what was there before it, and all of it without flow control',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const texts = numbered(900);
      for (let sent = 0; sent < 1800; sent += texts.length) await context.publish(topic, ...texts);
      const received = await context.stream(subscription).receives(1800);
      equal(new Set(received.map(({ messageId }) => messageId)).size, 1800, 'different messages');
    },
  },
  {
    title: 'acknowledgements on a stream are done',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, ...numbered(5));
      const stream = context.stream(subscription);
      const received = await stream.receives(5);
      stream.modifyAckDeadline(1, ...received);
      stream.ack(...received);
      await stream.receivesNoMoreThan(5, 2500);
    },
  },
  {
    title: 'what a stream delivers can be acknowledged by an Acknowledge call',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const stream = context.stream(subscription);
      const received = await stream.receives(1);
      await context.modifyAckDeadline(subscription, 1, ...received);
      await context.ack(subscription, ...received);
      await stream.receivesNoMoreThan(1, 2500);
    },
  },
  {
    title: 'what a pull delivered can be acknowledged on a stream',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const received = await context.pullOne(subscription);
      await context.modifyAckDeadline(subscription, 2, received);
      const stream = context.stream(subscription, { ackIds: ackIdsOf([received]) });
      await stream.receivesNoMoreThan(0, 3500);
    },
  },
  {
    title: 'a deadline of 0 on a stream delivers the message again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const stream = context.stream(subscription);
      stream.modifyAckDeadline(0, ...(await stream.receives(1)));
      const [first, second] = await stream.receives(2);
      equal(second?.messageId, first?.messageId, 'message id');
    },
  },
  {
    title: 'a deadline can be shortened on a stream',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const stream = context.stream(subscription);
      stream.modifyAckDeadline(1, ...(await stream.receives(1)));
      await stream.receivesNoMoreThan(1, 600);
      await stream.receives(2, 5000);
    },
  },
  {
    title: "the stream's ack deadline holds, not the subscription's",
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ ackDeadlineSeconds: 600 });
      await context.publish(topic, 'one');
      const stream = context.stream(subscription, { streamAckDeadlineSeconds: 10 });
      await stream.receives(1);
      await stream.receives(2, 13_000);
    },
  },
  {
    title: "a stream's ack deadline can be changed while it is open",
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const stream = context.stream(subscription, { streamAckDeadlineSeconds: 600 });
      stream.write({ streamAckDeadlineSeconds: 10 });
      await stream.receivesNoMoreThan(0, 300);
      await context.publish(topic, 'one');
      await stream.receives(1);
      await stream.receives(2, 13_000);
    },
  },
  {
    title: 'several streams share the messages: each message goes to one of them',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const streams = [1, 2, 3].map(() => context.stream(subscription));
      await streams[0]?.receivesNoMoreThan(0, 300);
      for (let request = 0; request < 30; request++) await context.publish(topic, ...numbered(10));
      await streams[0]?.receivesNoMoreThan(300, 1000);
      const ids = streams.flatMap(({ received }) => received.map(({ messageId }) => messageId));
      equal([ids.length, new Set(ids).size], [300, 300], 'messages, and different ones');
    },
  },
  {
    title: 'messages are balanced over the streams: each gets some',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const streams = [1, 2, 3].map(() => context.stream(subscription));
      await streams[0]?.receivesNoMoreThan(0, 300);
      for (let request = 0; request < 30; request++) await context.publish(topic, ...numbered(10));
      await streams[0]?.receivesNoMoreThan(300, 1000);
      const shares = streams.map(({ received }) => received.length);
      isTrue(
        shares.every((share) => share >= 30),
        `of 300 messages the streams got ${shares.join(', ')}`,
      );
    },
  },
  {
    title: 'a message that one stream fails can come on another one',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const first = context.stream(subscription);
      const received = await first.receives(1);
      first.cancel();
      const second = context.stream(subscription);
      await context.nack(subscription, ...received);
      equal(dataOf(await second.receives(1)), ['one'], 'what the other stream gets');
    },
  },
  {
    title: 'a stream ends with NOT_FOUND when its subscription is deleted',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      await stream.receives(1);
      await context.subscriber.deleteSubscription({ subscription });
      equal(await stream.ends(), 'NOT_FOUND', 'the status');
    },
  },
  {
    title: 'a stream ends when its caller says that no more requests follow',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      await stream.receives(1);
      stream.halfClose();
      equal(await stream.ends(), 'OK', 'the status');
    },
  },
  {
    title: 'responses say whether there is an order, and whether delivery is exactly once',
    documentation: documentation.streamingPullResponse,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ enableMessageOrdering: true });
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      const properties = await stream.response(({ subscriptionProperties }) => subscriptionProperties, 'properties');
      equal([properties.messageOrderingEnabled, properties.exactlyOnceDeliveryEnabled], [true, false], 'properties');
    },
  },
  ...refusals,
]);
