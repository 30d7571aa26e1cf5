import type { SubscriptionResource } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

type CloudStorageConfig = NonNullable<SubscriptionResource['cloudStorageConfig']>;

const BUCKET = 'conformance-bucket';

const REFUSED: readonly (readonly [what: string, config: CloudStorageConfig])[] = [
  ['a duration of 59 s', { maxDuration: { seconds: 59 } }],
  ['a duration of 601 s', { maxDuration: { seconds: 601 } }],
  ['files of 999 bytes', { maxBytes: 999 }],
  ['files of more than 10 GiB', { maxBytes: 11 * 1024 ** 3 }],
  ['files of 999 messages', { maxMessages: 999 }],
];

const refusals: Behaviour[] = REFUSED.map(([what, config]) => ({
  title: `${what} is refused`,
  async run(context) {
    const cloudStorageConfig = { bucket: BUCKET, ...config };
    await refused(context.topicAndSubscription({ cloudStorageConfig, ackDeadlineSeconds: 300 }), 'INVALID_ARGUMENT');
  },
}));

export const cloudStorage = area('Cloud Storage subscriptions', documentation.cloudStorage, [
  ...refusals,
  {
    title: 'text in files of 300 s is the default',
    documentation: documentation.cloudStorageConfig,
    async run(context) {
      const resource = { cloudStorageConfig: { bucket: BUCKET }, ackDeadlineSeconds: 600 };
      const { subscription } = await context.topicAndSubscription(resource);
      const expected = { cloudStorageConfig: { bucket: BUCKET, textConfig: {}, maxDuration: { seconds: '300' } } };
      contains(await context.getSubscription(subscription), expected, 'the subscription');
    },
  },
  {
    title: 'push and Cloud Storage exclude each other',
    documentation: documentation.cloudStorageConfig,
    async run(context) {
      const resource = { cloudStorageConfig: { bucket: BUCKET }, pushConfig: { pushEndpoint: 'https://example.com' } };
      await refused(context.topicAndSubscription(resource), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'what is written to Cloud Storage cannot be pulled',
    async run(context) {
      const resource = { cloudStorageConfig: { bucket: BUCKET }, ackDeadlineSeconds: 600 };
      const { subscription } = await context.topicAndSubscription(resource);
      await refused(context.pullNow(subscription), 'FAILED_PRECONDITION', 'INVALID_ARGUMENT');
    },
  },
]);
