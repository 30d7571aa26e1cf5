import type { Context, SubscriptionResource, TopicResource } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

interface Update<Resource> {
  readonly path: string;
  readonly before?: Resource;
  readonly change: Resource;
  /** What is returned afterwards. */
  readonly after: object;
}

const SUBSCRIPTION_UPDATES: readonly Update<SubscriptionResource>[] = [
  { path: 'ack_deadline_seconds', change: { ackDeadlineSeconds: 42 }, after: { ackDeadlineSeconds: 42 } },
  { path: 'retain_acked_messages', change: { retainAckedMessages: true }, after: { retainAckedMessages: true } },
  {
    path: 'message_retention_duration',
    change: { messageRetentionDuration: { seconds: 900 } },
    after: { messageRetentionDuration: { seconds: '900' } },
  },
  {
    path: 'expiration_policy',
    change: { expirationPolicy: { ttl: { seconds: 864_000 } } },
    after: { expirationPolicy: { ttl: { seconds: '864000' } } },
  },
  {
    path: 'retry_policy',
    change: { retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 2 } } },
    after: { retryPolicy: { minimumBackoff: { seconds: '1' }, maximumBackoff: { seconds: '2' } } },
  },
  {
    path: 'push_config',
    change: { pushConfig: { pushEndpoint: 'https://example.com/push' } },
    after: { pushConfig: { pushEndpoint: 'https://example.com/push' } },
  },
  {
    path: 'enable_exactly_once_delivery',
    change: { enableExactlyOnceDelivery: true },
    after: { enableExactlyOnceDelivery: true },
  },
];

/** A field that the update lacks is cleared, or gets its default. */
const SUBSCRIPTION_CLEARINGS: readonly Update<SubscriptionResource>[] = [
  { path: 'labels', before: { labels: { a: 'b' } }, change: {}, after: { labels: {} } },
  { path: 'retry_policy', before: { retryPolicy: {} }, change: {}, after: { retryPolicy: null } },
  {
    path: 'retain_acked_messages',
    before: { retainAckedMessages: true },
    change: {},
    after: { retainAckedMessages: false },
  },
];

const TOPIC_UPDATES: readonly Update<TopicResource>[] = [
  {
    path: 'message_retention_duration',
    change: { messageRetentionDuration: { seconds: 900 } },
    after: { messageRetentionDuration: { seconds: '900' } },
  },
  {
    path: 'message_storage_policy',
    change: { messageStoragePolicy: { allowedPersistenceRegions: ['europe-west1'] } },
    after: { messageStoragePolicy: { allowedPersistenceRegions: ['europe-west1'] } },
  },
];

const IMMUTABLE: readonly (readonly [path: string, change: SubscriptionResource])[] = [
  ['topic', { topic: 'projects/other-project/topics/other' }],
  ['enable_message_ordering', { enableMessageOrdering: true }],
  ['name', {}],
  ['detached', { detached: true }],
  ['no_such_field', {}],
];

const subscriptionUpdates: Behaviour[] = [...SUBSCRIPTION_UPDATES, ...SUBSCRIPTION_CLEARINGS].map(
  ({ path, before, change, after }) => ({
    title: before ? `${path} of a subscription can be cleared` : `${path} of a subscription can be changed`,
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription(before);
      contains(await context.updateSubscription({ name, ...change }, path), after, 'what is returned');
      contains(await context.getSubscription(name), after, 'the subscription afterwards');
    },
  }),
);

const topicUpdates: Behaviour[] = TOPIC_UPDATES.map(({ path, change, after }) => ({
  title: `${path} of a topic can be changed`,
  documentation: documentation.updateTopic,
  async run(context) {
    const name = await context.topic();
    contains(await context.updateTopic({ name, ...change }, path), after, 'what is returned');
    contains(await context.getTopic(name), after, 'the topic afterwards');
  },
}));

const immutable: Behaviour[] = IMMUTABLE.map(([path, change]) => ({
  title: `${path} of a subscription cannot be changed`,
  async run(context: Context) {
    const { subscription: name } = await context.topicAndSubscription();
    const before = await context.getSubscription(name);
    await refused(context.updateSubscription({ name, ...change }, path), 'INVALID_ARGUMENT');
    equal(await context.getSubscription(name), before, 'the subscription afterwards');
  },
}));

export const updates = area('update masks', documentation.updateSubscription, [
  ...subscriptionUpdates,
  ...topicUpdates,
  ...immutable,
  {
    title: 'only what the mask names is changed',
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription({ labels: { a: 'b' } });
      const change = { name, labels: { c: 'd' }, ackDeadlineSeconds: 33 };
      const updated = await context.updateSubscription(change, 'ack_deadline_seconds');
      contains(updated, { ackDeadlineSeconds: 33, labels: { a: 'b' } }, 'the subscription');
    },
  },
  {
    title: 'a mask may name several fields',
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription();
      const change = { name, labels: { c: 'd' }, ackDeadlineSeconds: 33 };
      await context.updateSubscription(change, 'ack_deadline_seconds', 'labels');
      contains(await context.getSubscription(name), { ackDeadlineSeconds: 33, labels: { c: 'd' } }, 'the subscription');
    },
  },
  {
    title: 'an update without a mask is refused',
    async run(context) {
      const { topic, subscription: name } = await context.topicAndSubscription();
      await refused(context.updateSubscription({ name, ackDeadlineSeconds: 33 }), 'INVALID_ARGUMENT');
      await refused(context.updateTopic({ name: topic, labels: { a: 'b' } }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a value beyond its limit is refused, and nothing is changed',
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription();
      const change = { name, labels: { a: 'b' }, ackDeadlineSeconds: 601 };
      await refused(context.updateSubscription(change, 'labels', 'ack_deadline_seconds'), 'INVALID_ARGUMENT');
      contains(await context.getSubscription(name), { ackDeadlineSeconds: 10, labels: {} }, 'the subscription');
    },
  },
  {
    title: "a topic's retention can be cleared",
    documentation: documentation.updateTopic,
    async run(context) {
      const name = await context.topic({ messageRetentionDuration: { seconds: 900 } });
      await context.updateTopic({ name }, 'message_retention_duration');
      contains(await context.getTopic(name), { messageRetentionDuration: null }, 'the topic');
    },
  },
  {
    title: "a topic's name cannot be changed",
    documentation: documentation.updateTopic,
    async run(context) {
      await refused(context.updateTopic({ name: await context.topic() }, 'name'), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a dead-letter policy can be set and removed',
    documentation: documentation.deadLetter,
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription();
      const deadLetterTopic = await context.topic();
      const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts: 7 };
      await context.updateSubscription({ name, deadLetterPolicy }, 'dead_letter_policy');
      contains(await context.getSubscription(name), { deadLetterPolicy }, 'the subscription');
      await context.updateSubscription({ name }, 'dead_letter_policy');
      contains(await context.getSubscription(name), { deadLetterPolicy: null }, 'the subscription');
    },
  },
  {
    title: 'a changed ack deadline holds for what is delivered afterwards',
    async run(context) {
      const { topic, subscription: name } = await context.topicAndSubscription({ ackDeadlineSeconds: 600 });
      await context.updateSubscription({ name, ackDeadlineSeconds: 10 }, 'ack_deadline_seconds');
      await context.publish(topic, 'one');
      await context.pullOne(name);
      await context.pullOne(name, 13_000);
    },
  },
]);
