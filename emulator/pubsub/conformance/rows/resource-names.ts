import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { equal, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

interface Id {
  readonly id: string;
  readonly what: string;
}

const VALID_IDS: readonly Id[] = [
  { id: 'abc', what: '3 characters' },
  { id: 'a'.repeat(255), what: '255 characters' },
  { id: 'a-_.~+%Z9', what: 'every character that is permitted' },
  { id: 'a-goog', what: 'goog at the end' },
];

const INVALID_IDS: readonly Id[] = [
  { id: 'ab', what: '2 characters' },
  { id: 'a'.repeat(256), what: '256 characters' },
  { id: '1abc', what: 'a digit at the beginning' },
  { id: '-abc', what: 'a dash at the beginning' },
  { id: 'goog-events', what: 'goog at the beginning' },
  { id: 'a b c', what: 'spaces' },
  { id: 'événement', what: 'letters beyond A to Z' },
  { id: 'abc$', what: 'a dollar sign' },
];

const KINDS: readonly { what: string; create: (context: Context, id: string) => Promise<string> }[] = [
  { what: 'topic', create: (context, id) => context.topic({ name: context.name('topics', id) }) },
  {
    what: 'subscription',
    create: async (context, id) =>
      context.subscription(await context.topic(), { name: context.name('subscriptions', id) }),
  },
];

const ids: Behaviour[] = KINDS.flatMap(({ what: kind, create }) => [
  ...VALID_IDS.map(({ id, what }) => ({
    title: `a ${kind}'s id may have ${what}`,
    async run(context: Context) {
      const name = await create(context, id);
      equal(name.endsWith(`/${id}`), true, 'the name has the id');
      const call =
        kind === 'topic'
          ? context.publisher.getTopic({ topic: name })
          : context.subscriber.getSubscription({ subscription: name });
      equal((await call)[0].name, name, 'name');
    },
  })),
  ...INVALID_IDS.map(({ id, what }) => ({
    title: `a ${kind}'s id must not have ${what}`,
    run: async (context: Context) => void (await refused(create(context, id), 'INVALID_ARGUMENT')),
  })),
]);

export const resourceNames = area('names', documentation.names, [
  ...ids,
  {
    title: 'names are unique among topics',
    async run(context) {
      const name = await context.topic();
      await refused(context.topic({ name }), 'ALREADY_EXISTS');
    },
  },
  {
    title: 'names are unique among subscriptions, whatever their topic',
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription();
      await refused(context.subscription(await context.topic(), { name }), 'ALREADY_EXISTS');
    },
  },
  {
    title: 'a topic and a subscription may have the same id, and are told apart',
    async run(context) {
      const topic = await context.topic({ name: context.name('topics', 'same') });
      const name = context.name('subscriptions', 'same');
      await context.subscription(topic, { name });
      await context.subscriber.deleteSubscription({ subscription: name });
      equal((await context.getTopic(topic)).name, topic, 'the topic after the subscription was deleted');
    },
  },
  {
    title: 'a name that was deleted can be used again, and nothing is left of the first',
    async run(context) {
      const topic = await context.topic();
      const name = await context.subscription(topic);
      await context.publish(topic, 'before');
      await context.subscriber.deleteSubscription({ subscription: name });
      await context.subscription(topic, { name });
      await context.publish(topic, 'after');
      await context.drains(name, ['after']);
    },
  },
  {
    title: 'a topic may not be called by a name without its project',
    run: async (context) => void (await refused(context.topic({ name: 'events' }), 'INVALID_ARGUMENT')),
  },
  {
    title: 'a subscription takes messages of a topic in another project',
    async run(context) {
      const topic = await context.topic();
      const name = `${context.project}-other/subscriptions/across`;
      await context.subscription(topic, { name });
      await context.publish(topic, 'across');
      await context.drains(name, ['across']);
    },
  },
]);
