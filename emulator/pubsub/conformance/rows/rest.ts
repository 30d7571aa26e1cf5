import type { Context } from '../context/context.ts';
import { type Answer, request } from '../context/rest.ts';
import { documentation } from '../documentation.ts';
import { contains, equal } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

const REFUSALS: readonly (readonly [
  what: string,
  status: number,
  code: string,
  call: (context: Context) => Promise<Answer>,
])[] = [
  ['a topic that does not exist', 404, 'NOT_FOUND', (context) => request(context, 'GET', context.name('topics'))],
  ['a topic that exists', 409, 'ALREADY_EXISTS', async (context) => request(context, 'PUT', await context.topic(), {})],
  [
    'a name that breaks the rules',
    400,
    'INVALID_ARGUMENT',
    (context) => request(context, 'PUT', context.name('topics', 'goog-events'), {}),
  ],
  [
    'a field that does not exist',
    400,
    'INVALID_ARGUMENT',
    (context) => request(context, 'PUT', context.name('topics'), { colour: 'red' }),
  ],
];

const refusals: Behaviour[] = REFUSALS.map(([what, status, code, call]) => ({
  title: `${what} is answered with ${status} and an error body`,
  async run(context) {
    const answer = await call(context);
    equal(answer.status, status, 'status');
    contains(answer.body, { error: { code: status, status: code } }, 'the body');
  },
}));

export const rest = area('REST', documentation.rest, [
  {
    title: 'a topic and a subscription can be created, and are returned in JSON',
    async run(context) {
      const [topic, name] = [context.name('topics'), context.name('subscriptions')];
      equal((await request(context, 'PUT', topic, { labels: { a: 'b' } })).body['name'], topic, 'name');
      const { status, body } = await request(context, 'PUT', name, { topic, messageRetentionDuration: '900s' });
      equal(status, 200, 'status');
      contains(body, { name, topic, ackDeadlineSeconds: 10, messageRetentionDuration: '900s' }, 'the subscription');
    },
  },
  {
    title: 'messages are published, pulled and acknowledged with data in base64',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription();
      const data = Buffer.from('hé').toString('base64');
      const published = await request(context, 'POST', `${topic}:publish`, {
        messages: [{ data, attributes: { a: 'b' } }],
      });
      const [messageId] = published.body['messageIds'] as string[];
      const pulled = await request(context, 'POST', `${subscription}:pull`, { maxMessages: 1 });
      const [received] = pulled.body['receivedMessages'] as { ackId: string; message: object }[];
      contains(received, { message: { data, messageId, attributes: { a: 'b' } } }, 'the message');
      const acknowledged = await request(context, 'POST', `${subscription}:acknowledge`, { ackIds: [received?.ackId] });
      equal([acknowledged.status, acknowledged.body], [200, {}], 'the answer to the acknowledgement');
    },
  },
  {
    title: 'a subscription is updated with a mask in camel case',
    async run(context) {
      const { subscription } = await context.topicAndSubscription();
      const { status, body } = await request(context, 'PATCH', subscription, {
        subscription: { ackDeadlineSeconds: 42 },
        updateMask: 'ackDeadlineSeconds',
      });
      equal(status, 200, 'status');
      contains(body, { ackDeadlineSeconds: 42 }, 'the subscription');
    },
  },
  {
    title: 'topics are listed page by page',
    async run(context) {
      const names = [await context.topic(), await context.topic()];
      const path = `${context.project}/topics?pageSize=1`;
      const first = (await request(context, 'GET', path)).body as { topics: { name: string }[]; nextPageToken: string };
      const second = await request(context, 'GET', `${path}&pageToken=${encodeURIComponent(first.nextPageToken)}`);
      const listed = [...first.topics, ...(second.body['topics'] as { name: string }[])].map(({ name }) => name);
      equal(listed.sort(), names.sort(), 'topics');
    },
  },
  {
    title: 'what is deleted is answered with an empty object, and then with 404',
    async run(context) {
      const topic = await context.topic();
      const deleted = await request(context, 'DELETE', topic);
      equal([deleted.status, deleted.body], [200, {}], 'the answer');
      equal((await request(context, 'DELETE', topic)).status, 404, 'status of the second time');
    },
  },
  ...refusals,
]);
