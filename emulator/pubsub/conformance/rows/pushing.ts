import type { protos } from '@google-cloud/pubsub';
import type { Context } from '../context/context.ts';
import type { Answer, PushEndpoint } from '../context/push-endpoint.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, isTrue, present, refused } from '../expectations.ts';
import { elapsed } from '../context/waiting.ts';
import { area, type Behaviour } from '../row.ts';

const QUICK_RETRY = { retryPolicy: { minimumBackoff: { nanos: 100_000_000 }, maximumBackoff: { seconds: 1 } } };

interface Pushed {
  readonly endpoint: PushEndpoint;
  readonly topic: string;
  readonly subscription: string;
}

async function pushed(
  context: Context,
  answer: number | ((before: number) => Answer) = 204,
  resource: protos.google.pubsub.v1.ISubscription = {},
): Promise<Pushed> {
  const endpoint = await context.endpoint(answer);
  const pushConfig = { ...resource.pushConfig, pushEndpoint: endpoint.url };
  const { topic, subscription } = await context.topicAndSubscription({ ...QUICK_RETRY, ...resource, pushConfig });
  return { endpoint, topic, subscription };
}

const acknowledged: Behaviour[] = [200, 201, 202, 204].map((status) => ({
  title: `${status} acknowledges`,
  async run(context) {
    const { endpoint, topic } = await pushed(context, status);
    await context.publish(topic, 'one');
    await endpoint.receives(1);
    await elapsed(1500);
    equal(endpoint.requests.length, 1, 'pushes');
  },
}));

const retried: Behaviour[] = [203, 301, 400, 401, 403, 404, 409, 429, 500, 502, 503].map((status) => ({
  title: `${status} does not acknowledge: the message is pushed again`,
  async run(context) {
    const { endpoint, topic } = await pushed(context, (before) => (before < 2 ? status : 204));
    const [id] = await context.publish(topic, 'one');
    const envelopes = await endpoint.envelopes(3);
    equal(
      envelopes.map(({ message }) => message.messageId),
      [id, id, id],
      'message ids',
    );
    await elapsed(700);
    equal(endpoint.requests.length, 3, 'pushes');
  },
}));

export const pushing = area('push', documentation.push, [
  {
    title: 'a message is pushed as JSON in a POST request to the endpoint',
    async run(context) {
      const { endpoint, topic } = await pushed(context);
      await context.publish(topic, 'one');
      const [request] = await endpoint.receives(1);
      equal([request?.method, request?.path], ['POST', '/push'], 'method and path');
      isTrue(request?.headers['content-type']?.startsWith('application/json') ?? false, 'the content type is not JSON');
    },
  },
  {
    title: 'the envelope has data in base64, attributes, id, publish time and subscription',
    async run(context) {
      const { endpoint, topic, subscription } = await pushed(context);
      const [messageId] = await context.publish(topic, { data: 'hé', attributes: { a: 'b' } });
      const [envelope] = await endpoint.envelopes(1);
      const message = { data: Buffer.from('hé').toString('base64'), attributes: { a: 'b' }, messageId };
      contains(envelope, { subscription, message }, 'the envelope');
      const publishTime = Date.parse(envelope?.message.publishTime ?? '');
      isTrue(Math.abs(Date.now() - publishTime) < 15_000, `publish time ${envelope?.message.publishTime}`);
    },
  },
  {
    title: 'the version of the push format is v1 and is always returned',
    documentation: documentation.pushConfig,
    async run(context) {
      const { subscription } = await pushed(context);
      const { pushConfig } = await context.getSubscription(subscription);
      equal({ ...pushConfig?.attributes }, { 'x-goog-version': 'v1' }, 'attributes');
    },
  },
  {
    title: 'an unknown version of the push format is refused',
    documentation: documentation.pushConfig,
    run: async (context) =>
      void (await refused(
        pushed(context, 204, { pushConfig: { attributes: { 'x-goog-version': 'v3' } } }),
        'INVALID_ARGUMENT',
      )),
  },
  {
    title: 'ModifyPushConfig keeps the version of the push format, unless it has one',
    documentation: documentation.pushConfig,
    async run(context) {
      const pushConfig = { attributes: { 'x-goog-version': 'v1beta2' } };
      const { subscription, endpoint } = await pushed(context, 204, { pushConfig });
      await context.subscriber.modifyPushConfig({ subscription, pushConfig: { pushEndpoint: endpoint.url } });
      const { pushConfig: kept } = await context.getSubscription(subscription);
      equal({ ...kept?.attributes }, pushConfig.attributes, 'attributes');
    },
  },
  {
    title: 'the envelope has id and publish time in snake case as well',
    async run(context) {
      const { endpoint, topic } = await pushed(context);
      await context.publish(topic, 'one');
      const message = present((await endpoint.envelopes(1))[0], 'an envelope').message;
      equal([message.message_id, message.publish_time], [message.messageId, message.publishTime], 'both spellings');
    },
  },
  {
    title: 'the envelope has the ordering key',
    async run(context) {
      const { endpoint, topic } = await pushed(context, 204, { enableMessageOrdering: true });
      await context.publish(topic, { data: 'one', orderingKey: 'key' });
      contains((await endpoint.envelopes(1))[0], { message: { orderingKey: 'key' } }, 'the envelope');
    },
  },
  ...acknowledged,
  ...retried,
  {
    title: 'an endpoint that hangs up does not acknowledge',
    async run(context) {
      const { endpoint, topic } = await pushed(context, (before) =>
        before > 0 ? 204 : (response) => response.destroy(),
      );
      await context.publish(topic, 'one');
      await endpoint.receives(2);
    },
  },
  {
    title: 'an endpoint that does not answer within the ack deadline is asked again',
    async run(context) {
      const { endpoint, topic } = await pushed(context, (before) => (before > 0 ? 204 : () => undefined));
      await context.publish(topic, 'one');
      await endpoint.receives(2, 14_000);
      const [first, second] = endpoint.requests;
      isTrue((second?.receivedAtMs ?? 0) - (first?.receivedAtMs ?? 0) > 9000, 'asked again before the deadline');
    },
  },
  {
    title: 'back-off of a retry policy stands between pushes',
    documentation: documentation.retry,
    async run(context) {
      const retryPolicy = { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 2 } };
      const { endpoint, topic } = await pushed(context, (before) => (before > 0 ? 204 : 500), { retryPolicy });
      await context.publish(topic, 'one');
      const [first, second] = await endpoint.receives(2);
      const wait = (second?.receivedAtMs ?? 0) - (first?.receivedAtMs ?? 0);
      isTrue(wait > 900, `again after ${Math.round(wait)} ms`);
    },
  },
  {
    title: 'a message that an endpoint keeps refusing becomes a dead letter, after attempts that are counted',
    documentation: documentation.deadLetter,
    async run(context) {
      const { topic: deadLetterTopic, subscription: inspection } = await context.topicAndSubscription();
      const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts: 5 };
      const { endpoint, topic } = await pushed(context, 500, { deadLetterPolicy });
      await context.publish(topic, 'bad');
      equal((await context.pullOne(inspection, 12_000)).data, 'bad', 'the dead letter');
      const attempts = (await endpoint.envelopes(5)).map(({ deliveryAttempt }) => deliveryAttempt);
      equal(attempts, [1, 2, 3, 4, 5], 'delivery attempts');
    },
  },
  {
    title: 'only what a filter lets through is pushed',
    documentation: documentation.filter,
    async run(context) {
      const { endpoint, topic } = await pushed(context, 204, { filter: 'attributes:wanted' });
      await context.publish(topic, 'no', { data: 'yes', attributes: { wanted: '' } }, 'no');
      await endpoint.receives(1);
      await elapsed(500);
      const texts = (await endpoint.envelopes(1)).map(({ message }) =>
        Buffer.from(message.data ?? '', 'base64').toString(),
      );
      equal(texts, ['yes'], 'what is pushed');
    },
  },
  {
    title: 'ModifyPushConfig makes a pull subscription of it, and the backlog can be pulled',
    documentation: documentation.modifyPushConfig,
    async run(context) {
      const { endpoint, topic, subscription } = await pushed(context, 500);
      await context.publish(topic, 'one');
      await endpoint.receives(1);
      await context.subscriber.modifyPushConfig({ subscription, pushConfig: {} });
      await context.drains(subscription, ['one']);
    },
  },
  {
    title: 'ModifyPushConfig makes a push subscription of one that was pulled, backlog and all',
    documentation: documentation.modifyPushConfig,
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      await context.publish(topic, 'one');
      const endpoint = await context.endpoint();
      await context.subscriber.modifyPushConfig({ subscription, pushConfig: { pushEndpoint: endpoint.url } });
      await endpoint.receives(1);
    },
  },
  {
    title: 'ModifyPushConfig sends to the new endpoint from then on',
    documentation: documentation.modifyPushConfig,
    async run(context) {
      const { endpoint: before, topic, subscription } = await pushed(context);
      const after = await context.endpoint();
      await context.subscriber.modifyPushConfig({ subscription, pushConfig: { pushEndpoint: after.url } });
      await context.publish(topic, 'one');
      await after.receives(1);
      equal(before.requests.length, 0, 'pushes to the endpoint before');
    },
  },
  ...['not a url', 'ftp://example.com/push'].map((pushEndpoint) => ({
    title: `${pushEndpoint} is refused as an endpoint`,
    documentation: documentation.pushConfig,
    run: async (context: Context) =>
      void (await refused(context.topicAndSubscription({ pushConfig: { pushEndpoint } }), 'INVALID_ARGUMENT')),
  })),
]);

export const unwrapping = area('unwrapped push', documentation.unwrapping, [
  {
    title: 'the body is the data alone',
    async run(context) {
      const { endpoint, topic } = await pushed(context, 204, { pushConfig: { noWrapper: { writeMetadata: false } } });
      const data = Buffer.from([0, 1, 2, 254, 255]);
      await context.publish(topic, { data, attributes: { a: 'b' } });
      const [request] = await endpoint.receives(1);
      equal(request?.body, data, 'the body');
      const headers = Object.keys(request?.headers ?? {}).filter(
        (name) => name.startsWith('x-goog-pubsub') || name === 'a',
      );
      equal(headers, [], 'headers with metadata');
    },
  },
  {
    title: 'metadata comes in headers where asked for',
    async run(context) {
      const { endpoint, topic, subscription } = await pushed(context, 204, {
        enableMessageOrdering: true,
        pushConfig: { noWrapper: { writeMetadata: true } },
      });
      const [id] = await context.publish(topic, { data: 'one', orderingKey: 'key', attributes: { tenant: 'acme' } });
      const headers = present((await endpoint.receives(1))[0], 'a request').headers;
      const expected = {
        'x-goog-pubsub-subscription-name': subscription,
        'x-goog-pubsub-message-id': id,
        'x-goog-pubsub-ordering-key': 'key',
        tenant: 'acme',
      };
      contains(headers, expected, 'the headers');
      const publishTime = String(headers['x-goog-pubsub-publish-time']);
      isTrue(Math.abs(Date.now() - Date.parse(publishTime)) < 15_000, `publish time ${publishTime}`);
    },
  },
  {
    title: 'a failed delivery comes again unwrapped',
    async run(context) {
      const pushConfig = { noWrapper: { writeMetadata: false } };
      const { endpoint, topic } = await pushed(context, (before) => (before > 0 ? 204 : 500), { pushConfig });
      await context.publish(topic, 'one');
      const requests = await endpoint.receives(2);
      equal(
        requests.map(({ body }) => body.toString()),
        ['one', 'one'],
        'bodies',
      );
    },
  },
]);
