import type { protos } from '@google-cloud/pubsub';
import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { equal, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

type Transform = protos.google.pubsub.v1.IMessageTransform;

const udf = (body: string, functionName = 'transform'): Transform => ({
  javascriptUdf: { functionName, code: `function ${functionName}(message, metadata) { ${body} }` },
});

const numbered = (count: number): Transform[] =>
  Array.from({ length: count }, (_, index) => udf('return message;', `f${index}`));

const SHOUT = udf('message.data = message.data.toUpperCase(); return message;');
const MARK = udf('message.attributes["marked"] = "yes"; return message;', 'mark');
const DROP_BAD = udf('return message.data === "bad" ? null : message;');
const FAIL = udf('throw new Error("refused");');

interface Place {
  readonly where: string;
  readonly subscribe: (
    context: Context,
    messageTransforms: Transform[],
  ) => Promise<{ topic: string; subscription: string }>;
}

const PLACES: readonly Place[] = [
  {
    where: 'topic',
    async subscribe(context, messageTransforms) {
      const topic = await context.topic({ messageTransforms });
      return { topic, subscription: await context.subscription(topic) };
    },
  },
  {
    where: 'subscription',
    subscribe: (context, messageTransforms) => context.topicAndSubscription({ messageTransforms }),
  },
];

const inEachPlace: Behaviour[] = PLACES.flatMap(({ where, subscribe }): Behaviour[] => [
  {
    title: `a function of a ${where} changes data and attributes`,
    async run(context) {
      const { topic, subscription } = await subscribe(context, [
        udf('message.data = message.data + "!"; message.attributes["added"] = "new"; return message;'),
      ]);
      await context.publish(topic, { data: 'hé', attributes: { kept: 'old' } });
      const received = await context.pullOne(subscription);
      equal([received.data, received.attributes], ['hé!', { kept: 'old', added: 'new' }], 'the message');
    },
  },
  {
    title: `a function of a ${where} drops a message by returning null`,
    async run(context) {
      const { topic, subscription } = await subscribe(context, [DROP_BAD]);
      await context.publish(topic, 'bad', 'good');
      await context.drains(subscription, ['good']);
    },
  },
  {
    title: `functions of a ${where} are called one after the other`,
    async run(context) {
      const { topic, subscription } = await subscribe(context, [
        udf('message.data += "1"; return message;', 'first'),
        udf('message.data += "2"; return message;', 'second'),
      ]);
      await context.publish(topic, 'x');
      equal((await context.pullOne(subscription)).data, 'x12', 'data');
    },
  },
  {
    title: `a disabled function of a ${where} is not called`,
    async run(context) {
      const { topic, subscription } = await subscribe(context, [{ ...SHOUT, disabled: true }, MARK]);
      await context.publish(topic, 'quiet');
      const received = await context.pullOne(subscription);
      equal([received.data, received.attributes['marked']], ['quiet', 'yes'], 'the message');
    },
  },
  {
    title: `a ${where} refuses code that is no JavaScript`,
    run: async (context) => void (await refused(subscribe(context, [udf('return {')]), 'INVALID_ARGUMENT')),
  },
  {
    title: `a ${where} refuses a function name that the code does not define`,
    async run(context) {
      const { javascriptUdf } = SHOUT;
      const transform = { javascriptUdf: { ...javascriptUdf, functionName: 'other' } };
      await refused(subscribe(context, [transform]), 'INVALID_ARGUMENT');
    },
  },
  {
    title: `a ${where} may have 5 transforms`,
    run: async (context) => void (await subscribe(context, numbered(5))),
  },
  {
    title: `a ${where} refuses two functions of one name`,
    run: async (context) => void (await refused(subscribe(context, [SHOUT, DROP_BAD]), 'INVALID_ARGUMENT')),
  },
  {
    title: `a ${where} refuses more than 5 transforms`,
    run: async (context) => void (await refused(subscribe(context, numbered(6)), 'INVALID_ARGUMENT')),
  },
  {
    title: `a ${where} refuses code of more than 20 KB`,
    run: async (context) =>
      void (await refused(
        subscribe(context, [udf(`return message; // ${'x'.repeat(20 * 1024)}`)]),
        'INVALID_ARGUMENT',
      )),
  },
]);

export const transforms = area('transforms', documentation.udfs, [
  ...inEachPlace,
  {
    title: 'a message that a function of a topic fails on is not published',
    async run(context) {
      const topic = await context.topic({ messageTransforms: [FAIL] });
      const subscription = await context.subscription(topic);
      await refused(context.publish(topic, 'one'), 'INVALID_ARGUMENT');
      await context.pullsNothing(subscription);
    },
  },
  {
    title: 'a message that a function of a subscription fails on becomes a dead letter',
    async run(context) {
      const { topic: deadLetterTopic, subscription: inspection } = await context.topicAndSubscription();
      const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts: 5 };
      const retryPolicy = { minimumBackoff: { nanos: 50_000_000 }, maximumBackoff: { nanos: 50_000_000 } };
      const resource = { messageTransforms: [FAIL], deadLetterPolicy, retryPolicy };
      const { topic, subscription } = await context.topicAndSubscription(resource);
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      equal((await context.pullOne(inspection, 12_000)).data, 'one', 'the dead letter, as it was published');
      equal(stream.received.length, 0, 'what the subscriber got');
    },
  },
  {
    title: 'a function that does not end is ended, and its message not delivered',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({
        messageTransforms: [udf('for (;;) {}')],
        retryPolicy: { minimumBackoff: { seconds: 60 }, maximumBackoff: { seconds: 60 } },
      });
      await context.publish(topic, 'one');
      await context.pullsNothing(subscription, 1500);
    },
  },
  {
    title: 'a function of a subscription knows the message id',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({
        messageTransforms: [udf('message.attributes["id"] = metadata["message_id"]; return message;')],
      });
      const [id] = await context.publish(topic, 'one');
      equal((await context.pullOne(subscription)).attributes['id'], id, 'id');
    },
  },
  {
    title: 'a filter sees the attributes as they were published, not as the subscription transforms them',
    documentation: documentation.transforms,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({
        filter: 'NOT attributes:marked',
        messageTransforms: [MARK],
      });
      await context.publish(topic, 'one', { data: 'two', attributes: { marked: 'already' } });
      await context.drains(subscription, ['one']);
    },
  },
  {
    title: "a filter sees the attributes as the topic's function leaves them",
    documentation: documentation.transforms,
    async run(context) {
      const topic = await context.topic({ messageTransforms: [MARK] });
      const subscription = await context.subscription(topic, { filter: 'attributes:marked' });
      await context.publish(topic, 'one');
      await context.drains(subscription, ['one']);
    },
  },
  {
    title: 'a subscription of the topic without a function gets messages as they were published',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ messageTransforms: [SHOUT] });
      const plain = await context.subscription(topic);
      await context.publish(topic, 'one');
      equal((await context.pullOne(subscription)).data, 'ONE', 'data with the function');
      equal((await context.pullOne(plain)).data, 'one', 'data without');
    },
  },
  {
    title: 'a pushed message is transformed',
    async run(context) {
      const endpoint = await context.endpoint();
      const pushConfig = { pushEndpoint: endpoint.url };
      const { topic } = await context.topicAndSubscription({ pushConfig, messageTransforms: [SHOUT] });
      await context.publish(topic, 'one');
      const [envelope] = await endpoint.envelopes(1);
      equal(Buffer.from(envelope?.message.data ?? '', 'base64').toString(), 'ONE', 'data');
    },
  },
  {
    title: 'transforms can be changed',
    async run(context) {
      const { topic, subscription: name } = await context.topicAndSubscription({ messageTransforms: [SHOUT] });
      await context.updateSubscription({ name, messageTransforms: [MARK] }, 'message_transforms');
      await context.publish(topic, 'one');
      const received = await context.pullOne(name);
      equal([received.data, received.attributes['marked']], ['one', 'yes'], 'the message');
    },
  },
]);
