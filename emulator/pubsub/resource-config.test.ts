import { expect, test } from 'vitest';
import type { Subscription as SubscriptionResource, Topic as TopicResource } from './protocol/resources.ts';
import { checkSubscription } from './subscription-config.ts';
import { createHarness, PROJECT, SUBSCRIPTION, TOPIC } from './testing/harness.ts';
import { checkTopic } from './topic-config.ts';

const subscription = (changes: SubscriptionResource = {}): SubscriptionResource =>
  checkSubscription({ name: SUBSCRIPTION, topic: TOPIC, ...changes });

test('a subscription has the defaults of the service', () => {
  expect(subscription()).toEqual({
    name: SUBSCRIPTION,
    topic: TOPIC,
    pushConfig: {},
    ackDeadlineSeconds: 10,
    messageRetentionDuration: { seconds: 604_800 },
    expirationPolicy: { ttl: { seconds: 2_678_400 } },
    state: 'ACTIVE',
  });
  expect(subscription({ retryPolicy: {} }).retryPolicy).toEqual({
    minimumBackoff: { seconds: 10 },
    maximumBackoff: { seconds: 600 },
  });
});

const table = 'p.d.t';
const pushEndpoint = 'https://decide.example.com';
const udf = (functionName: string): object => ({ javascriptUdf: { functionName, code: 'function f() {}' } });

test.each<[string, SubscriptionResource]>([
  ['subscriptions', { name: 'events' }],
  ['subscriptions', { name: `${PROJECT}/topics/events` }],
  ['subscriptions', { name: `${PROJECT}/subscriptions/ab` }],
  ['subscriptions', { name: `${PROJECT}/subscriptions/1abc` }],
  ['subscriptions', { name: `${PROJECT}/subscriptions/google` }],
  ['subscriptions', { name: `${PROJECT}/subscriptions/${'a'.repeat(256)}` }],
  ['subscriptions', { name: `${PROJECT}/subscriptions/a b c` }],
  ['topics', { topic: 'events' }],
  ['label key', { labels: { Upper: 'x' } }],
  ['value of label', { labels: { key: 'Upper' } }],
  ['labels', { labels: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`key${index}`, ''])) }],
  ['ack_deadline_seconds', { ackDeadlineSeconds: 9 }],
  ['ack_deadline_seconds', { ackDeadlineSeconds: 601 }],
  ['message_retention_duration', { messageRetentionDuration: { seconds: 599 } }],
  ['message_retention_duration', { messageRetentionDuration: { seconds: 31 * 86_400 + 1 } }],
  ['expiration_policy.ttl', { expirationPolicy: { ttl: { seconds: 86_399 } } }],
  ['minimum_backoff', { retryPolicy: { minimumBackoff: { seconds: 601 } } }],
  ['maximum_backoff', { retryPolicy: { maximumBackoff: { seconds: -1 } } }],
  ['minimum_backoff', { retryPolicy: { minimumBackoff: { seconds: 60 }, maximumBackoff: { seconds: 30 } } }],
  ['filter', { filter: 'type = "a"' }],
  ['push endpoint', { pushConfig: { pushEndpoint: 'decide' } }],
  ['push endpoint', { pushConfig: { pushEndpoint: 'ftp://decide.example.com' } }],
  ['service_account_email', { pushConfig: { pushEndpoint: 'https://decide.example.com', oidcToken: {} } }],
  ['x-goog-version is "v2"', { pushConfig: { pushEndpoint, attributes: { 'x-goog-version': 'v2' } } }],
  ['v1beta1 is not supported', { pushConfig: { pushEndpoint, attributes: { 'x-goog-version': 'v1beta1' } } }],
  ['bigtable_config is not supported', { bigtableConfig: { table: 'projects/p/instances/i/tables/t' } }],
  ['bigtable_config is not supported', { bigtableConfig: {} }],
  ['bigquery_config.table', { bigqueryConfig: { table: 'd.t' } }],
  ['use_topic_schema', { bigqueryConfig: { table, useTopicSchema: true, useTableSchema: true } }],
  ['Only one of', { bigqueryConfig: { table }, pushConfig: { pushEndpoint: 'https://decide.example.com' } }],
  ['there twice', { messageTransforms: [udf('f'), udf('f')] }],
  ['not the name of a function', { messageTransforms: [udf('a b')] }],
  ['ai_inference', { messageTransforms: [{ aiInference: {} }] }],
  ['at most 5', { messageTransforms: Array.from({ length: 6 }, (_, index) => udf(`f${index}`)) }],
])('%s: %o is refused', (message, changes) => {
  expect(() => subscription(changes)).toThrow(message);
});

test.each<[string, TopicResource]>([
  [
    'minimum_object_create_time',
    { name: TOPIC, ingestionDataSourceSettings: { cloudStorage: { minimumObjectCreateTime: { seconds: 2 ** 53 } } } },
  ],
  [
    'minimum_object_create_time',
    { name: TOPIC, ingestionDataSourceSettings: { cloudStorage: { minimumObjectCreateTime: { nanos: -1 } } } },
  ],
  ['topics', { name: `${PROJECT}/topics/goog-events` }],
  ['label key', { labels: { '': 'x' } }],
  ['message_retention_duration', { messageRetentionDuration: { seconds: 599 } }],
])('%s: a topic with %o is refused', (message, changes) => {
  expect(() => checkTopic({ name: TOPIC, ...changes })).toThrow(message);
});

test('topics and subscriptions are created once, found, listed by project, and deleted', async () => {
  const harness = createHarness();
  await harness.topic({ labels: { tenant: 'acme' } });
  await expect(harness.topic()).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await harness.topic({ name: 'projects/other-project/topics/events' });
  await harness.subscription();
  await expect(harness.subscription()).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  expect(await harness.call('GetTopic', { topic: TOPIC })).toEqual({
    name: TOPIC,
    labels: { tenant: 'acme' },
    state: 'ACTIVE',
  });
  expect(await harness.call('ListTopics', { project: PROJECT })).toMatchObject({ topics: [{ name: TOPIC }] });
  const names = [SUBSCRIPTION];
  expect(await harness.call('ListTopicSubscriptions', { topic: TOPIC })).toEqual({ subscriptions: names });
  await harness.call('DeleteSubscription', { subscription: SUBSCRIPTION });
  expect(await harness.call('ListSubscriptions', { project: PROJECT })).toEqual({ subscriptions: [] });
  await harness.call('DeleteTopic', { topic: TOPIC });
  await expect(harness.call('GetTopic', { topic: TOPIC })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(harness.subscription()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('lists come in pages that neither repeat nor lose anything', async () => {
  const harness = createHarness();
  const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${PROJECT}/topics/topic-${letter}`);
  for (const name of names.toReversed()) await harness.topic({ name });
  const listed: (string | undefined)[] = [];
  let pageToken = '';
  do {
    const page = (await harness.call('ListTopics', { project: PROJECT, pageSize: 2, pageToken })) as {
      topics: TopicResource[];
      nextPageToken?: string;
    };
    listed.push(...page.topics.map(({ name }) => name));
    pageToken = page.nextPageToken ?? '';
    if (listed.length === 2) await harness.call('DeleteTopic', { topic: names[0] });
  } while (pageToken);
  expect(listed).toEqual(names);
  const invalid = harness.call('ListTopics', { project: PROJECT, pageToken: 'nonsense' });
  await expect(invalid).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('an update changes what its mask names, in either spelling, and nothing else', async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription({ labels: { tenant: 'acme' }, retryPolicy: {} });
  const update = (changes: SubscriptionResource, ...paths: string[]): Promise<object> =>
    harness.call('UpdateSubscription', { subscription: { name: SUBSCRIPTION, ...changes }, updateMask: { paths } });
  await update({ ackDeadlineSeconds: 30, labels: {} }, 'ack_deadline_seconds');
  await update({ pushConfig: { pushEndpoint: 'https://a.example.com' } }, 'pushConfig.pushEndpoint');
  expect(await update({}, 'retry_policy')).toMatchObject({
    ackDeadlineSeconds: 30,
    labels: { tenant: 'acme' },
    pushConfig: { pushEndpoint: 'https://a.example.com' },
  });
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).not.toHaveProperty('retryPolicy');
});

test.each([
  ['nothing', []],
  ['the filter', ['filter']],
  ['the topic', ['topic']],
  ['the order', ['enable_message_ordering']],
  ['what does not exist', ['nonsense']],
])('an update of %s is refused', async (_, paths) => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  const update = harness.call('UpdateSubscription', { subscription: { name: SUBSCRIPTION }, updateMask: { paths } });
  await expect(update).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test("a subscription shows its topic's retention", async () => {
  const harness = createHarness();
  await harness.topic();
  await harness.subscription();
  const messageRetentionDuration = { seconds: 3600 };
  await harness.call('UpdateTopic', {
    topic: { name: TOPIC, messageRetentionDuration },
    updateMask: { paths: ['message_retention_duration'] },
  });
  expect(await harness.call('GetSubscription', { subscription: SUBSCRIPTION })).toMatchObject({
    topicMessageRetentionDuration: messageRetentionDuration,
  });
});
