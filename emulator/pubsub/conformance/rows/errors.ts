import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { equal, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

/** Each on a resource that does not exist. */
const ON_NOTHING: Readonly<Record<string, (context: Context) => Promise<unknown>>> = {
  GetTopic: ({ publisher, project }) => publisher.getTopic({ topic: `${project}/topics/none` }),
  UpdateTopic: (context) => context.updateTopic({ name: context.name('topics'), labels: {} }, 'labels'),
  DeleteTopic: ({ publisher, project }) => publisher.deleteTopic({ topic: `${project}/topics/none` }),
  Publish: (context) => context.publish(context.name('topics'), 'x'),
  ListTopicSubscriptions: ({ publisher, project }) =>
    publisher.listTopicSubscriptions({ topic: `${project}/topics/none` }),
  CreateSubscription: (context) => context.subscription(context.name('topics')),
  GetSubscription: (context) => context.getSubscription(context.name('subscriptions')),
  UpdateSubscription: (context) =>
    context.updateSubscription({ name: context.name('subscriptions'), labels: {} }, 'labels'),
  DeleteSubscription: ({ subscriber, project }) =>
    subscriber.deleteSubscription({ subscription: `${project}/subscriptions/none` }),
  ModifyPushConfig: ({ subscriber, project }) =>
    subscriber.modifyPushConfig({ subscription: `${project}/subscriptions/none`, pushConfig: {} }),
  Pull: (context) => context.pullNow(context.name('subscriptions')),
  Acknowledge: ({ subscriber, project }) =>
    subscriber.acknowledge({ subscription: `${project}/subscriptions/none`, ackIds: ['x'] }),
  ModifyAckDeadline: ({ subscriber, project }) =>
    subscriber.modifyAckDeadline({
      subscription: `${project}/subscriptions/none`,
      ackIds: ['x'],
      ackDeadlineSeconds: 10,
    }),
  Seek: (context) => context.seek(context.name('subscriptions'), { timeMs: Date.now() }),
  GetSnapshot: ({ subscriber, project }) => subscriber.getSnapshot({ snapshot: `${project}/snapshots/none` }),
  DeleteSnapshot: ({ subscriber, project }) => subscriber.deleteSnapshot({ snapshot: `${project}/snapshots/none` }),
  CreateSnapshot: ({ subscriber, project }) =>
    subscriber.createSnapshot({ name: `${project}/snapshots/one`, subscription: `${project}/subscriptions/none` }),
  DetachSubscription: ({ publisher, project }) =>
    publisher.detachSubscription({ subscription: `${project}/subscriptions/none` }),
  GetSchema: ({ schemas, project }) => schemas.getSchema({ name: `${project}/schemas/none` }),
  DeleteSchema: ({ schemas, project }) => schemas.deleteSchema({ name: `${project}/schemas/none` }),
  ListSchemaRevisions: ({ schemas, project }) => schemas.listSchemaRevisions({ name: `${project}/schemas/none` }),
};

const MALFORMED = 'not-a-resource';

const WITH_MALFORMED_NAME: Readonly<Record<string, (context: Context) => Promise<unknown>>> = {
  GetTopic: ({ publisher }) => publisher.getTopic({ topic: MALFORMED }),
  GetSubscription: ({ subscriber }) => subscriber.getSubscription({ subscription: MALFORMED }),
  Publish: (context) => context.publish(MALFORMED, 'x'),
  Pull: (context) => context.pullNow(MALFORMED),
  'CreateSubscription (its topic)': (context) => context.subscription(MALFORMED),
  'ListTopics (its project)': ({ publisher }) => publisher.listTopics({ project: MALFORMED }),
};

const notFound: Behaviour[] = Object.entries(ON_NOTHING).map(([rpc, call]) => ({
  title: `${rpc} on what does not exist is NOT_FOUND`,
  run: async (context) => void (await refused(call(context), 'NOT_FOUND')),
}));

const malformed: Behaviour[] = Object.entries(WITH_MALFORMED_NAME).map(([rpc, call]) => ({
  title: `${rpc} with a malformed name is INVALID_ARGUMENT`,
  run: async (context) => void (await refused(call(context), 'INVALID_ARGUMENT')),
}));

export const errors = area('errors', documentation.errors, [
  ...notFound,
  ...malformed,
  {
    title: 'what is deleted twice is NOT_FOUND the second time',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      await context.subscriber.deleteSubscription({ subscription });
      await refused(context.subscriber.deleteSubscription({ subscription }), 'NOT_FOUND');
    },
  },
  {
    title: 'ALREADY_EXISTS leaves what exists as it was',
    async run(context) {
      const name = await context.topic({ labels: { first: 'yes' } });
      await refused(context.topic({ name, labels: { first: 'no' } }), 'ALREADY_EXISTS');
      equal({ ...(await context.getTopic(name)).labels }, { first: 'yes' }, 'labels');
    },
  },
  {
    title: 'an acknowledgement without ack ids is INVALID_ARGUMENT',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      await refused(context.subscriber.acknowledge({ subscription, ackIds: [] }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a seek to neither a time nor a snapshot is INVALID_ARGUMENT',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      await refused(context.subscriber.seek({ subscription }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a subscription that waits for its topic cannot be created: the topic comes first',
    async run(context) {
      const topic = context.name('topics');
      await refused(context.subscription(topic), 'NOT_FOUND');
      await context.topic({ name: topic });
      await context.subscription(topic);
    },
  },
]);
