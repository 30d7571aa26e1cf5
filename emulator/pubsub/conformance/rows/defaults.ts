import type { SubscriptionResource } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, equal } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

interface Default {
  readonly what: string;
  readonly asked?: SubscriptionResource;
  readonly returned: object;
}

const DEFAULTS: readonly Default[] = [
  { what: 'an ack deadline of 10 s', returned: { ackDeadlineSeconds: 10 } },
  { what: 'a message retention of 7 days', returned: { messageRetentionDuration: { seconds: '604800' } } },
  { what: 'an expiration after 31 days', returned: { expirationPolicy: { ttl: { seconds: '2678400' } } } },
  { what: 'a push configuration without an endpoint', returned: { pushConfig: { pushEndpoint: '' } } },
  { what: 'no retry policy', returned: { retryPolicy: null } },
  { what: 'no dead-letter policy', returned: { deadLetterPolicy: null } },
  {
    what: 'neither order nor exactly-once delivery',
    returned: { enableMessageOrdering: false, enableExactlyOnceDelivery: false },
  },
  { what: 'no acknowledged messages retained', returned: { retainAckedMessages: false } },
  { what: 'the state ACTIVE', returned: { state: 'ACTIVE', detached: false } },
  {
    what: 'a back-off from 10 s to 600 s in an empty retry policy',
    asked: { retryPolicy: {} },
    returned: { retryPolicy: { minimumBackoff: { seconds: '10' }, maximumBackoff: { seconds: '600' } } },
  },
  {
    what: 'a maximum back-off of 600 s where only the minimum is given',
    asked: { retryPolicy: { minimumBackoff: { seconds: 20 } } },
    returned: { retryPolicy: { minimumBackoff: { seconds: '20' }, maximumBackoff: { seconds: '600' } } },
  },
  {
    what: 'no expiration where the policy has no ttl',
    asked: { expirationPolicy: {} },
    returned: { expirationPolicy: { ttl: null } },
  },
];

const ofSubscriptions: Behaviour[] = DEFAULTS.map(({ what, asked = {}, returned }) => ({
  title: `a subscription has ${what}`,
  async run(context) {
    const { subscription } = await context.topicAndSubscription(asked);
    contains(await context.getSubscription(subscription), returned, 'the subscription');
  },
}));

export const defaults = area('defaults', documentation.subscriptionProperties, [
  ...ofSubscriptions,
  {
    title: 'what CreateSubscription returns is what GetSubscription returns',
    async run(context) {
      const topic = await context.topic();
      const name = context.name('subscriptions');
      const [created] = await context.subscriber.createSubscription({
        name,
        topic,
        retryPolicy: {},
        labels: { a: 'b' },
      });
      equal(await context.getSubscription(name), created, 'the subscription');
    },
  },
  {
    title: 'a dead-letter policy has 5 attempts',
    documentation: documentation.deadLetter,
    async run(context) {
      const deadLetterTopic = await context.topic();
      const { subscription } = await context.topicAndSubscription({ deadLetterPolicy: { deadLetterTopic } });
      const expected = { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } };
      contains(await context.getSubscription(subscription), expected, 'the subscription');
    },
  },
  {
    title: 'a topic retains nothing for itself, and is ACTIVE',
    documentation: documentation.topic,
    async run(context) {
      const topic = await context.getTopic(await context.topic());
      contains(topic, { messageRetentionDuration: null, state: 'ACTIVE', labels: {}, kmsKeyName: '' }, 'the topic');
    },
  },
  {
    title: "a subscription shows its topic's retention",
    documentation: documentation.subscription,
    async run(context) {
      const topic = await context.topic({ messageRetentionDuration: { seconds: 3600 } });
      const name = await context.subscription(topic);
      const expected = { topicMessageRetentionDuration: { seconds: '3600' } };
      contains(await context.getSubscription(name), expected, 'the subscription');
    },
  },
]);
