import type { Context, Draft, SubscriptionResource } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { isTrue, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

const DAY_SECONDS = 24 * 3600;

/** Resolves where the server takes the value. */
type Attempt = (context: Context, value: number) => Promise<unknown>;

interface Limit {
  readonly what: string;
  readonly attempt: Attempt;
  readonly accepted: readonly number[];
  readonly refused: readonly number[];
}

const subscribe = (resource: (value: number) => SubscriptionResource): Attempt => {
  return (context, value) => context.topicAndSubscription(resource(value));
};

const publish = (draft: (value: number) => Draft): Attempt => {
  return async (context, value) => context.publish(await context.topic(), draft(value));
};

const deadLetterSubscribe: Attempt = async (context, maxDeliveryAttempts) =>
  context.topicAndSubscription({ deadLetterPolicy: { deadLetterTopic: await context.topic(), maxDeliveryAttempts } });

const modifyAckDeadline: Attempt = async (context, seconds) => {
  const { topic, subscription } = await context.topicAndSubscription();
  await context.publish(topic, 'one');
  await context.modifyAckDeadline(subscription, seconds, await context.pullOne(subscription));
};

const text = (bytes: number): string => 'x'.repeat(bytes);
const numbered = (count: number, value: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, value]));

const LIMITS: readonly Limit[] = [
  {
    what: "a subscription's ack deadline, in seconds",
    attempt: subscribe((ackDeadlineSeconds) => ({ ackDeadlineSeconds })),
    accepted: [10, 600],
    refused: [9, 601, -1],
  },
  {
    what: 'a modified ack deadline, in seconds',
    attempt: modifyAckDeadline,
    accepted: [0, 600],
    refused: [-1, 601],
  },
  {
    what: "a subscription's message retention, in seconds",
    attempt: subscribe((seconds) => ({ messageRetentionDuration: { seconds } })),
    accepted: [600, 31 * DAY_SECONDS],
    refused: [599, 31 * DAY_SECONDS + 1],
  },
  {
    what: "a topic's message retention, in seconds",
    attempt: (context, seconds) => context.topic({ messageRetentionDuration: { seconds } }),
    accepted: [600, 31 * DAY_SECONDS],
    refused: [599, 31 * DAY_SECONDS + 1],
  },
  {
    what: "an expiration policy's ttl, in seconds",
    attempt: subscribe((seconds) => ({
      messageRetentionDuration: { seconds: 600 },
      expirationPolicy: { ttl: { seconds } },
    })),
    accepted: [DAY_SECONDS, 365 * DAY_SECONDS],
    refused: [DAY_SECONDS - 1],
  },
  {
    what: 'delivery attempts before a dead letter',
    attempt: deadLetterSubscribe,
    accepted: [5, 100],
    refused: [4, 101],
  },
  {
    what: 'minimum back-off, in seconds',
    attempt: subscribe((seconds) => ({ retryPolicy: { minimumBackoff: { seconds } } })),
    accepted: [0, 600],
    refused: [-1, 601],
  },
  {
    what: 'maximum back-off, in seconds',
    attempt: subscribe((seconds) => ({
      retryPolicy: { minimumBackoff: { seconds: 0 }, maximumBackoff: { seconds } },
    })),
    accepted: [0, 600],
    refused: [601],
  },
  {
    what: 'attributes of a message',
    attempt: publish((count) => ({ data: 'x', attributes: numbered(count, 'v') })),
    accepted: [100],
    refused: [101],
  },
  {
    what: "bytes of an attribute's key",
    attempt: publish((bytes) => ({ data: 'x', attributes: { [text(bytes)]: 'v' } })),
    accepted: [1, 256],
    refused: [257],
  },
  {
    what: "bytes of an attribute's value",
    attempt: publish((bytes) => ({ data: 'x', attributes: { key: text(bytes) } })),
    accepted: [0, 1024],
    refused: [1025],
  },
  {
    what: "two-byte characters of an attribute's value",
    attempt: publish((count) => ({ data: 'x', attributes: { key: 'é'.repeat(count) } })),
    accepted: [512],
    refused: [513],
  },
  {
    what: 'bytes of an ordering key',
    attempt: publish((bytes) => ({ data: 'x', orderingKey: text(bytes) })),
    accepted: [1, 1024],
    refused: [1025],
  },
  {
    what: 'bytes of a message',
    attempt: publish((bytes) => text(bytes)),
    accepted: [9_990_000],
    refused: [10_485_761],
  },
  {
    what: 'messages of a publish request',
    attempt: async (context, count) => context.publish(await context.topic(), ...Array<string>(count).fill('x')),
    accepted: [1, 1000],
    refused: [0, 1001],
  },
  {
    what: 'messages asked for by a pull',
    attempt: async (context, maxMessages) => {
      const { subscription } = await context.topicAndSubscription();
      await context.subscriber.pull({ subscription, maxMessages, returnImmediately: true });
    },
    accepted: [1, 1000],
    refused: [0, -1],
  },
];

const bounds: Behaviour[] = LIMITS.flatMap(({ what, attempt, accepted, refused: beyond }) => [
  ...accepted.map((value) => ({
    title: `${what}: ${value} is accepted`,
    run: async (context: Context) => void (await attempt(context, value)),
  })),
  ...beyond.map((value) => ({
    title: `${what}: ${value} is refused`,
    run: async (context: Context) => void (await refused(attempt(context, value), 'INVALID_ARGUMENT', 'OUT_OF_RANGE')),
  })),
]);

const MAX_ACK_REQUEST_BYTES = 524_288;

export const limits = area('limits', documentation.limits, [
  ...bounds,
  {
    title: 'minimum back-off may not be longer than maximum back-off',
    run: async (context) => {
      const retryPolicy = { minimumBackoff: { seconds: 20 }, maximumBackoff: { seconds: 10 } };
      await refused(context.topicAndSubscription({ retryPolicy }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a publish request of more than 10 MB is refused, though no message of it is',
    async run(context) {
      const topic = await context.topic();
      await refused(context.publish(topic, text(6_000_000), text(6_000_000)), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'nothing of a request is published where one message of it is refused',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const invalid = { data: 'bad', attributes: numbered(101, 'v') };
      await refused(context.publish(topic, 'good', invalid), 'INVALID_ARGUMENT');
      await context.pullsNothing(subscription);
    },
  },
  {
    title: `an acknowledgement of more than ${MAX_ACK_REQUEST_BYTES} bytes is refused`,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const { ackId } = await context.pullOne(subscription);
      const ackIds = Array<string>(Math.ceil(MAX_ACK_REQUEST_BYTES / ackId.length) + 1).fill(ackId);
      await refused(context.subscriber.acknowledge({ subscription, ackIds }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a pull returns 1000 messages at most',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      for (let request = 0; request < 2; request++) await context.publish(topic, ...Array<string>(600).fill('x'));
      const received = await context.pullNow(subscription, 2000);
      isTrue(received.length <= 1000, `${received.length} messages in one pull`);
    },
  },
]);
