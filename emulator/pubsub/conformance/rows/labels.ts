import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { equal, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

type Labels = Readonly<Record<string, string>>;

const numbered = (count: number): Labels =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));

const VALID: readonly (readonly [what: string, labels: Labels])[] = [
  ['64 of them', numbered(64)],
  ['a key of 63 characters', { ['k'.repeat(63)]: 'value' }],
  ['a value of 63 characters', { key: 'v'.repeat(63) }],
  ['an empty value', { key: '' }],
  ['digits, dashes and underscores', { 'key-1_a': '1-value_' }],
  ['letters of any script', { ключ: 'мир', 鍵: '値' }],
];

const INVALID: readonly (readonly [what: string, labels: Labels])[] = [
  ['65 of them', numbered(65)],
  ['a key of 64 characters', { ['k'.repeat(64)]: 'value' }],
  ['a value of 64 characters', { key: 'v'.repeat(64) }],
  ['an empty key', { '': 'value' }],
  ['a capital in the key', { Key: 'value' }],
  ['a capital in the value', { key: 'Value' }],
  ['a digit at the beginning of the key', { '1key': 'value' }],
  ['a dot in the key', { 'a.b': 'value' }],
  ['a space in the value', { key: 'a b' }],
];

const ofTopics: Behaviour[] = [
  ...VALID.map(([what, labels]) => ({
    title: `labels may have ${what}`,
    async run(context: Context) {
      const topic = await context.topic({ labels });
      equal({ ...(await context.getTopic(topic)).labels }, labels, 'labels');
    },
  })),
  ...INVALID.map(([what, labels]) => ({
    title: `labels may not have ${what}`,
    run: async (context: Context) => void (await refused(context.topic({ labels }), 'INVALID_ARGUMENT')),
  })),
];

export const labels = area('labels', documentation.labels, [
  ...ofTopics,
  {
    title: "a subscription's labels are kept and checked like a topic's",
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ labels: { tenant: 'acme' } });
      equal({ ...(await context.getSubscription(subscription)).labels }, { tenant: 'acme' }, 'labels');
      await refused(context.subscription(topic, { labels: { Tenant: 'acme' } }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: "an update replaces a topic's labels as a whole",
    async run(context) {
      const name = await context.topic({ labels: { a: '1', b: '2' } });
      const updated = await context.updateTopic({ name, labels: { b: '3' } }, 'labels');
      equal({ ...updated.labels }, { b: '3' }, 'labels');
      equal({ ...(await context.getTopic(name)).labels }, { b: '3' }, 'labels afterwards');
    },
  },
  {
    title: "an update replaces a subscription's labels as a whole",
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription({ labels: { a: '1', b: '2' } });
      await context.updateSubscription({ name, labels: { c: '3' } }, 'labels');
      equal({ ...(await context.getSubscription(name)).labels }, { c: '3' }, 'labels afterwards');
    },
  },
]);
