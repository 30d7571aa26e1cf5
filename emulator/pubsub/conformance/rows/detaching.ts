import { documentation } from '../documentation.ts';
import { contains, equal, refused } from '../expectations.ts';
import { area } from '../row.ts';

const DELETED_TOPIC = '_deleted-topic_';

export const detaching = area('detach', documentation.detach, [
  {
    title: 'a detached subscription says so, and is there still',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publisher.detachSubscription({ subscription });
      contains(await context.getSubscription(subscription), { detached: true, topic }, 'the subscription');
    },
  },
  {
    title: 'it cannot be pulled, acknowledged or sought',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      await context.publisher.detachSubscription({ subscription });
      await refused(context.pullNow(subscription), 'FAILED_PRECONDITION');
      await refused(context.seek(subscription, { timeMs: Date.now() }), 'FAILED_PRECONDITION');
    },
  },
  {
    title: 'its streams end',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      await stream.receives(1);
      await context.publisher.detachSubscription({ subscription });
      equal(await stream.ends(), 'FAILED_PRECONDITION', 'the status');
    },
  },
  {
    title: 'its topic lists it no more',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const other = await context.subscription(topic);
      await context.publisher.detachSubscription({ subscription });
      equal((await context.publisher.listTopicSubscriptions({ topic }))[0], [other], 'subscriptions of the topic');
    },
  },
  {
    title: 'it is pushed no more',
    async run(context) {
      const endpoint = await context.endpoint();
      const pushConfig = { pushEndpoint: endpoint.url };
      const { topic, subscription } = await context.topicAndSubscription({ pushConfig });
      await context.publish(topic, 'before');
      await endpoint.receives(1);
      await context.publisher.detachSubscription({ subscription });
      const other = await context.subscription(topic);
      await context.publish(topic, 'after');
      await context.drains(other, ['after'], 500);
      equal(endpoint.requests.length, 1, 'pushes');
    },
  },
  {
    title: 'it can be deleted',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      await context.publisher.detachSubscription({ subscription });
      await context.subscriber.deleteSubscription({ subscription });
      await refused(context.getSubscription(subscription), 'NOT_FOUND');
    },
  },
]);

export const deletedTopics = area('deleted topics', documentation.deleteTopic, [
  {
    title: `a subscription of a deleted topic has ${DELETED_TOPIC}`,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publisher.deleteTopic({ topic });
      equal((await context.getSubscription(subscription)).topic, DELETED_TOPIC, 'topic');
    },
  },
  {
    title: 'its backlog is delivered still',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one', 'two');
      await context.publisher.deleteTopic({ topic });
      await context.drains(subscription, ['one', 'two']);
    },
  },
  {
    title: 'its subscriptions do not belong to a new topic of the same name',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publisher.deleteTopic({ topic });
      await context.topic({ name: topic });
      await context.publish(topic, 'for the new topic');
      await context.pullsNothing(subscription);
      equal((await context.publisher.listTopicSubscriptions({ topic }))[0], [], 'subscriptions of the new topic');
    },
  },
  {
    title: 'a subscription of a deleted topic can be updated',
    async run(context) {
      const { topic, subscription: name } = await context.topicAndSubscription();
      await context.publisher.deleteTopic({ topic });
      await context.updateSubscription({ name, ackDeadlineSeconds: 33 }, 'ack_deadline_seconds');
      contains(await context.getSubscription(name), { ackDeadlineSeconds: 33 }, 'the subscription');
    },
  },
  {
    title: `no subscription can be created to ${DELETED_TOPIC}`,
    run: async (context) => void (await refused(context.subscription(DELETED_TOPIC), 'INVALID_ARGUMENT')),
  },
  {
    title: 'open streams go on',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      await stream.receives(1);
      await context.publisher.deleteTopic({ topic });
      await stream.receivesNoMoreThan(1, 500);
    },
  },
]);
