import type { Context } from '../context/context.ts';
import type { Received } from '../context/received.ts';
import { until } from '../context/waiting.ts';
import { documentation } from '../documentation.ts';
import { equal, isTrue, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';
import { expire, policy } from './failing.ts';

const ATTEMPTS = 5;

interface DeadLettering {
  readonly topic: string;
  readonly subscription: string;
  readonly deadLetterTopic: string;
  /** Gets the dead letters. */
  readonly inspection: string;
}

async function deadLettering(context: Context, resource: object = {}): Promise<DeadLettering> {
  const { topic: deadLetterTopic, subscription: inspection } = await context.topicAndSubscription();
  const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts: ATTEMPTS };
  const { topic, subscription } = await context.topicAndSubscription({ deadLetterPolicy, ...resource });
  return { topic, subscription, deadLetterTopic, inspection };
}

async function failUntilDead(context: Context, subscription: string): Promise<void> {
  for (let time = 0; time < ATTEMPTS; time++) await context.nack(subscription, await context.pullOne(subscription));
}

/** Forwarding is best effort: the source is asked for what it may deliver once more, which fails as well. */
async function letterOf(context: Context, { subscription, inspection }: DeadLettering): Promise<Received> {
  return until(async () => {
    const again = await context.pullNow(subscription);
    if (again.length > 0) await context.nack(subscription, ...again);
    return (await context.pullNow(inspection, 1))[0];
  }, 'the dead letter');
}

const ATTRIBUTES: readonly (readonly [name: string, expected: (letter: DeadLettering, context: Context) => string])[] =
  [
    ['CloudPubSubDeadLetterSourceDeliveryCount', () => String(ATTEMPTS)],
    ['CloudPubSubDeadLetterSourceSubscription', ({ subscription }) => subscription.split('/').at(-1) ?? ''],
    ['CloudPubSubDeadLetterSourceSubscriptionProject', (_, { projectId }) => projectId],
  ];

const attributes: Behaviour[] = ATTRIBUTES.map(([name, expected]) => ({
  title: `a dead letter has ${name}`,
  async run(context) {
    const letter = await deadLettering(context);
    await context.publish(letter.topic, 'bad');
    await failUntilDead(context, letter.subscription);
    equal((await letterOf(context, letter)).attributes[name], expected(letter, context), name);
  },
}));

export const deadLetters = area('dead letters', documentation.deadLetter, [
  ...attributes,
  {
    title: 'a dead letter has the publish time of the source message',
    async run(context) {
      const source = await deadLettering(context);
      const { topic, subscription } = source;
      await context.publish(topic, 'bad');
      const first = await context.pullOne(subscription);
      await context.nack(subscription, first);
      for (let time = 1; time < ATTEMPTS; time++) await context.nack(subscription, await context.pullOne(subscription));
      const letter = await letterOf(context, source);
      const time = letter.attributes['CloudPubSubDeadLetterSourceTopicPublishTime'] ?? '';
      equal(Math.abs(Date.parse(time) - first.publishTimeMs) < 2, true, `publish time ${time} is the source's`);
    },
  },
  {
    title: "the publish time in a dead letter has milliseconds and UTC's offset: 2026-11-20T10:30:00.123+00:00",
    async run(context) {
      const source = await deadLettering(context);
      await context.publish(source.topic, 'bad');
      await failUntilDead(context, source.subscription);
      const time = (await letterOf(context, source)).attributes['CloudPubSubDeadLetterSourceTopicPublishTime'] ?? '';
      isTrue(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/.test(time), `publish time ${time}`);
    },
  },
  {
    title: 'a dead letter keeps data and attributes, and has an id of its own',
    async run(context) {
      const source = await deadLettering(context);
      const { topic, subscription } = source;
      const [id] = await context.publish(topic, { data: 'bad', attributes: { tenant: 'acme' } });
      await failUntilDead(context, subscription);
      const letter = await letterOf(context, source);
      equal([letter.data, letter.attributes['tenant']], ['bad', 'acme'], 'data and attribute');
      isTrue(letter.messageId !== id, 'it has the id of the source');
    },
  },
  {
    title: 'attempts are counted from 1',
    documentation: documentation.receivedMessage,
    async run(context) {
      const { topic, subscription } = await deadLettering(context);
      await context.publish(topic, 'bad');
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const received = await context.pullOne(subscription);
        equal(received.deliveryAttempt, attempt, 'delivery attempt');
        await context.nack(subscription, received);
      }
    },
  },
  {
    title: 'attempts are counted on streams as well',
    documentation: documentation.receivedMessage,
    async run(context) {
      const { topic, subscription, inspection } = await deadLettering(context);
      const stream = context.stream(subscription);
      await context.publish(topic, 'bad');
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const received = (await stream.receives(attempt)).at(-1);
        equal(received?.deliveryAttempt, attempt, 'delivery attempt');
        if (received) stream.modifyAckDeadline(0, received);
      }
      equal((await context.pullOne(inspection)).data, 'bad', 'the dead letter');
    },
  },
  {
    title: 'without a policy, attempts are not counted',
    documentation: documentation.receivedMessage,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'bad');
      await context.nack(subscription, await context.pullOne(subscription));
      equal((await context.pullOne(subscription)).deliveryAttempt, 0, 'delivery attempt');
    },
  },
  {
    title: 'expired deadlines count as attempts',
    async run(context) {
      const source = await deadLettering(context);
      const { topic, subscription } = source;
      await context.publish(topic, 'bad');
      for (let time = 0; time < ATTEMPTS; time++) await expire(context, subscription);
      equal((await letterOf(context, source)).data, 'bad', 'the dead letter');
    },
  },
  {
    title: 'what became a dead letter is gone from its subscription',
    async run(context) {
      const source = await deadLettering(context);
      const { topic, subscription } = source;
      await context.publish(topic, 'bad');
      await failUntilDead(context, subscription);
      await letterOf(context, source);
      await context.pullsNothing(subscription, 600);
    },
  },
  {
    title: 'what is acknowledged at its last attempt becomes no dead letter',
    async run(context) {
      const { topic, subscription, inspection } = await deadLettering(context);
      await context.publish(topic, 'saved');
      for (let time = 1; time < ATTEMPTS; time++) await context.nack(subscription, await context.pullOne(subscription));
      await context.ack(subscription, await context.pullOne(subscription));
      await context.pullsNothing(inspection, 600);
    },
  },
  {
    title: 'only what fails becomes a dead letter',
    async run(context) {
      const source = await deadLettering(context);
      const { topic, subscription, inspection } = source;
      await context.publish(topic, 'good', 'bad');
      for (let time = 0; time < 1 + ATTEMPTS; time++) {
        const received = await context.pullOne(subscription);
        await (received.data === 'good' ? context.ack(subscription, received) : context.nack(subscription, received));
      }
      equal((await letterOf(context, source)).data, 'bad', 'the dead letter');
      await context.pullsNothing(inspection, 300);
    },
  },
  {
    title: 'a dead-letter topic that does not exist is refused',
    async run(context) {
      const deadLetterPolicy = { deadLetterTopic: context.name('topics'), maxDeliveryAttempts: 5 };
      await refused(context.topicAndSubscription({ deadLetterPolicy }), 'NOT_FOUND');
    },
  },
  {
    title: 'a dead-letter topic with a malformed name is refused',
    async run(context) {
      const deadLetterPolicy = { deadLetterTopic: 'letters', maxDeliveryAttempts: 5 };
      await refused(context.topicAndSubscription({ deadLetterPolicy }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'back-off of a retry policy stands between the attempts',
    async run(context) {
      const source = await deadLettering(context, { retryPolicy: policy(0.3, 0.3) });
      const { topic, subscription } = source;
      await context.publish(topic, 'bad');
      const before = performance.now();
      await failUntilDead(context, subscription);
      await letterOf(context, source);
      isTrue(performance.now() - before > 1100, `dead after ${Math.round(performance.now() - before)} ms`);
    },
  },
]);
