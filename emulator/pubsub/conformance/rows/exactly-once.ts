import type { protos } from '@google-cloud/pubsub';
import type { Context } from '../context/context.ts';
import { ackIdsOf, type Received } from '../context/received.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, present, refused } from '../expectations.ts';
import { area } from '../row.ts';

const EXACTLY_ONCE = { enableExactlyOnceDelivery: true };
const PERMANENT_FAILURE = 'PERMANENT_FAILURE_INVALID_ACK_ID';

type Response = protos.google.pubsub.v1.IStreamingPullResponse;

/** A message of an exactly-once subscription that has come twice, as it was the first and the second time. */
async function expired(context: Context): Promise<{ subscription: string; stale: Received; current: Received }> {
  const { topic, subscription } = await context.topicAndSubscription(EXACTLY_ONCE);
  await context.publish(topic, 'one');
  const stale = await context.pullOne(subscription);
  await context.nack(subscription, stale);
  return { subscription, stale, current: await context.pullOne(subscription) };
}

export const exactlyOnce = area('exactly-once', documentation.exactlyOnce, [
  {
    title: 'a delivery that comes again has another ack id',
    async run(context) {
      const { stale, current } = await expired(context);
      equal(current.messageId, stale.messageId, 'message id');
      equal(current.ackId === stale.ackId, false, 'the same ack id twice');
    },
  },
  {
    title: 'an acknowledgement with an expired ack id fails for good, and says which',
    async run(context) {
      const { subscription, stale } = await expired(context);
      const { errorInfoMetadata } = await refused(
        context.ack(subscription, stale),
        'FAILED_PRECONDITION',
        'INVALID_ARGUMENT',
      );
      equal(errorInfoMetadata?.[stale.ackId], PERMANENT_FAILURE, 'what the error says of the ack id');
    },
  },
  {
    title: 'a deadline cannot be modified with an expired ack id',
    async run(context) {
      const { subscription, stale } = await expired(context);
      const call = context.modifyAckDeadline(subscription, 60, stale);
      const { errorInfoMetadata } = await refused(call, 'FAILED_PRECONDITION', 'INVALID_ARGUMENT');
      equal(errorInfoMetadata?.[stale.ackId], PERMANENT_FAILURE, 'what the error says of the ack id');
    },
  },
  {
    title: 'the current ack id acknowledges, though an expired one has been refused',
    async run(context) {
      const { subscription, stale, current } = await expired(context);
      await context.ack(subscription, stale).catch(() => undefined);
      await context.modifyAckDeadline(subscription, 1, current);
      await context.ack(subscription, current);
      await context.pullsNothing(subscription, 2000);
    },
  },
  {
    title: 'valid ack ids are done, though one of the request has expired',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(EXACTLY_ONCE);
      await context.publish(topic, 'stale');
      const stale = await context.pullOne(subscription);
      await context.nack(subscription, stale);
      const again = await context.pullOne(subscription);
      await context.publish(topic, 'valid');
      const valid = await context.pullOne(subscription);
      await context.ack(subscription, stale, valid).catch(() => undefined);
      await context.nack(subscription, again).catch(() => undefined);
      await context.drains(subscription, ['stale']);
    },
  },
  {
    title: 'while a message is outstanding it does not come again',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(EXACTLY_ONCE);
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      await stream.receives(1);
      await stream.receivesNoMoreThan(1, 3000);
    },
  },
  {
    title: 'a stream confirms acknowledgements',
    documentation: documentation.streamingPullResponse,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(EXACTLY_ONCE);
      await context.publish(topic, 'one');
      const stream = context.stream(subscription);
      const received = await stream.receives(1);
      stream.ack(...received);
      const confirmed = await stream.response(confirmation('ackIds'), 'a confirmation');
      equal(confirmed, ackIdsOf(received), 'confirmed ack ids');
    },
  },
  {
    title: 'a stream says which ack ids are invalid',
    documentation: documentation.streamingPullResponse,
    async run(context) {
      const { subscription, stale } = await expired(context);
      const stream = context.stream(subscription);
      stream.ack(stale);
      equal(await stream.response(confirmation('invalidAckIds'), 'a confirmation'), [stale.ackId], 'invalid ack ids');
    },
  },
  {
    title: 'a stream confirms modified deadlines',
    documentation: documentation.streamingPullResponse,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(EXACTLY_ONCE);
      await context.publish(topic, 'one');
      const stream = context.stream(subscription);
      const received = await stream.receives(1);
      stream.modifyAckDeadline(30, ...received);
      const confirmed = await stream.response(
        ({ modifyAckDeadlineConfirmation }) => filled(modifyAckDeadlineConfirmation?.ackIds),
        'a confirmation',
      );
      equal(confirmed, ackIdsOf(received), 'confirmed ack ids');
    },
  },
  {
    title: 'a stream says that delivery is exactly once',
    documentation: documentation.streamingPullResponse,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(EXACTLY_ONCE);
      const stream = context.stream(subscription);
      await context.publish(topic, 'one');
      const properties = await stream.response(({ subscriptionProperties }) => subscriptionProperties, 'properties');
      contains(properties, { exactlyOnceDeliveryEnabled: true }, 'properties');
    },
  },
  {
    title: "Google's client learns that its acknowledgement has succeeded",
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription(EXACTLY_ONCE);
      await context.publish(topic, 'one');
      const subscriber = context.client.subscription(subscription);
      context.onEnd(() => subscriber.close());
      const response = await new Promise<string>((resolve, reject) => {
        subscriber.on('error', reject);
        subscriber.on('message', (message) => void message.ackWithResponse().then(resolve, reject));
      });
      equal(response, 'SUCCESS', 'the response');
      await context.pullsNothing(subscription);
    },
  },
  {
    title: 'without exactly-once delivery an expired ack id is no error, and a stream confirms nothing',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const stale = await context.pullOne(subscription);
      await context.nack(subscription, stale);
      const stream = context.stream(subscription);
      await stream.receives(1);
      stream.ack(stale);
      await stream.receivesNoMoreThan(1, 300);
      equal(
        stream.responses.flatMap(({ acknowledgeConfirmation }) => filled(acknowledgeConfirmation?.ackIds) ?? []),
        [],
        'confirmed',
      );
    },
  },
  {
    title: 'push and exactly-once delivery exclude each other',
    async run(context) {
      const pushConfig = { pushEndpoint: 'https://example.com/push' };
      await refused(context.topicAndSubscription({ ...EXACTLY_ONCE, pushConfig }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'it can be turned on for a subscription that exists',
    async run(context) {
      const { topic, subscription: name } = await context.topicAndSubscription();
      await context.updateSubscription({ name, ...EXACTLY_ONCE }, 'enable_exactly_once_delivery');
      await context.publish(topic, 'one');
      const stale = await context.pullOne(name);
      await context.nack(name, stale);
      present(await context.pullOne(name), 'the second delivery');
      await refused(context.ack(name, stale), 'FAILED_PRECONDITION', 'INVALID_ARGUMENT');
    },
  },
]);

const filled = (ids: readonly string[] | null | undefined): string[] | undefined =>
  ids && ids.length > 0 ? [...ids] : undefined;

const confirmation =
  (field: 'ackIds' | 'invalidAckIds') =>
  ({ acknowledgeConfirmation }: Response): string[] | undefined =>
    filled(acknowledgeConfirmation?.[field]);
