import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { equal, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

/** What is published for every filter: the data names the message. */
const MESSAGES: Readonly<Record<string, Record<string, string>>> = {
  none: {},
  com: { domain: 'com' },
  comEu: { domain: 'com', region: 'eu-west1' },
  orgUs: { domain: 'org', region: 'us-east1' },
  empty: { domain: '' },
  odd: { 'lang-x': 'de', 'lang x/1': 'a"b\\c', été: 'ñ' },
};

const ALL = Object.keys(MESSAGES);
const without = (...names: string[]): string[] => ALL.filter((name) => !names.includes(name));

const MATCHES: readonly (readonly [filter: string, matching: readonly string[]])[] = [
  ['attributes:domain', ['com', 'comEu', 'orgUs', 'empty']],
  ['NOT attributes:domain', ['none', 'odd']],
  ['-attributes:domain', ['none', 'odd']],
  ['attributes.domain = "com"', ['com', 'comEu']],
  ['attributes.domain="com"', ['com', 'comEu']],
  ['attributes.domain = "COM"', []],
  ['attributes.domain = ""', ['empty']],
  ['attributes.domain != "com"', without('com', 'comEu')],
  ['NOT attributes.domain = "com"', without('com', 'comEu')],
  ['NOT attributes.domain != "com"', ['com', 'comEu']],
  ['hasPrefix(attributes.region, "eu")', ['comEu']],
  ['hasPrefix(attributes.region, "")', ['comEu', 'orgUs']],
  ['hasPrefix(attributes.region, "EU")', []],
  ['NOT hasPrefix(attributes.region, "eu")', without('comEu')],
  ['attributes:domain AND attributes:region', ['comEu', 'orgUs']],
  ['attributes.domain = "com" AND NOT attributes:region', ['com']],
  ['attributes.domain = "com" AND -attributes:region', ['com']],
  ['attributes.domain = "com" OR attributes.domain = "org"', ['com', 'comEu', 'orgUs']],
  ['attributes:domain AND (attributes.domain = "org" OR attributes.region = "eu-west1")', ['comEu', 'orgUs']],
  ['(attributes:domain AND attributes:region) OR attributes.domain = ""', ['comEu', 'orgUs', 'empty']],
  ['NOT (attributes.domain = "com" OR attributes.domain = "org")', ['none', 'empty', 'odd']],
  ['NOT attributes:domain OR attributes:region', ['none', 'comEu', 'orgUs', 'odd']],
  ['NOT attributes:domain AND attributes:"été"', ['odd']],
  ['(((attributes:region)))', ['comEu', 'orgUs']],
  ['attributes:lang-x', ['odd']],
  ['attributes:"lang x/1"', ['odd']],
  [String.raw`attributes."lang x/1" = "a\"b\\c"`, ['odd']],
  [String.raw`attributes.domain = "\u0063\x6f\155"`, ['com', 'comEu']],
  ['\n attributes:region  AND\tattributes:domain\n', ['comEu', 'orgUs']],
];

const INVALID: readonly (readonly [filter: string, why: string])[] = [
  ['attributes:domain AND attributes:region OR attributes:lang', 'AND and OR together need parentheses'],
  ['attributes.domain = com', 'a value must be quoted'],
  ['attributes.domain > "com"', 'only = and != compare'],
  ['attributes.domain == "com"', '== is no operator'],
  ['attributes.domain', 'an attribute alone is no condition'],
  ['data = "com"', 'nothing but attributes can be filtered on'],
  ['hasSuffix(attributes.domain, "com")', 'hasPrefix is the only function'],
  ['hasPrefix(attributes.domain)', 'hasPrefix takes two arguments'],
  ['HASPREFIX(attributes.domain, "com")', 'the function is case-sensitive'],
  ['attributes:domain and attributes:region', 'operators are in capitals'],
  ['not attributes:domain', 'NOT is in capitals'],
  ['(attributes:domain', 'parentheses must be closed'],
  ['attributes:domain)', 'parentheses must be opened'],
  ['attributes.domain = "com', 'quotes must be closed'],
  ['attributes:domain AND', 'AND has two sides'],
  ['attributes:domain attributes:region', 'conditions need an operator between them'],
  ['attributes:lang/x', 'a key with other characters than letters, digits, - and _ must be quoted'],
  ['attributes:*', 'a key has no wildcards'],
  ['()', 'parentheses hold a condition'],
];

async function publishAll(context: Context, topic: string): Promise<void> {
  await context.publish(topic, ...Object.entries(MESSAGES).map(([data, attributes]) => ({ data, attributes })));
}

const matching: Behaviour[] = MATCHES.map(([filter, expected]) => ({
  title: `${filter.replaceAll(/\s/g, ' ')} matches ${expected.length} of ${ALL.length}`,
  async run(context) {
    const { topic, subscription } = await context.topicAndSubscription({ filter });
    await publishAll(context, topic);
    await context.drains(subscription, expected);
  },
}));

const invalid: Behaviour[] = INVALID.map(([filter, why]) => ({
  title: `${filter} is refused: ${why}`,
  async run(context) {
    await refused(context.topicAndSubscription({ filter }), 'INVALID_ARGUMENT');
  },
}));

const MAX_FILTER_BYTES = 256;

/** A valid filter of so many bytes. */
const filterOf = (bytes: number, fill = 'a'): string => {
  const before = 'attributes.a = "';
  const room = bytes - before.length - 1;
  return `${before}${fill.repeat(room / Buffer.byteLength(fill))}"`;
};

export const filters = area('filters', documentation.filter, [
  ...matching,
  ...invalid,
  {
    title: `a filter may have ${MAX_FILTER_BYTES} bytes`,
    async run(context) {
      const filter = filterOf(MAX_FILTER_BYTES);
      const { subscription } = await context.topicAndSubscription({ filter });
      equal((await context.getSubscription(subscription)).filter, filter, 'filter');
    },
  },
  {
    title: `a filter may not have ${MAX_FILTER_BYTES + 1} bytes`,
    async run(context) {
      await refused(context.topicAndSubscription({ filter: filterOf(MAX_FILTER_BYTES + 1) }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: "a filter's length counts in bytes, not in characters",
    async run(context) {
      await refused(context.topicAndSubscription({ filter: filterOf(MAX_FILTER_BYTES + 1, '€') }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: 'a filter cannot be changed',
    async run(context) {
      const { subscription: name } = await context.topicAndSubscription({ filter: 'attributes:domain' });
      await refused(context.updateSubscription({ name, filter: 'attributes:region' }, 'filter'), 'INVALID_ARGUMENT');
      equal((await context.getSubscription(name)).filter, 'attributes:domain', 'filter');
    },
  },
  {
    title: 'what a filter leaves out is acknowledged: it does not come after a seek either',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({
        filter: 'attributes:region',
        retainAckedMessages: true,
      });
      const before = Date.now() - 5000;
      await publishAll(context, topic);
      await context.drains(subscription, ['comEu', 'orgUs']);
      await context.seek(subscription, { timeMs: before });
      await context.drains(subscription, ['comEu', 'orgUs']);
    },
  },
  {
    title: 'a filter is of one subscription only: another one of the topic gets every message',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ filter: 'attributes:region' });
      const unfiltered = await context.subscription(topic);
      await publishAll(context, topic);
      await context.drains(subscription, ['comEu', 'orgUs']);
      await context.drains(unfiltered, ALL);
    },
  },
  {
    title: 'a filter holds for streams as well',
    async run(context) {
      const { topic, subscription } = await context.topicAndSubscription({ filter: 'attributes:region' });
      const stream = context.stream(subscription);
      await publishAll(context, topic);
      await stream.receives(2);
      await stream.receivesNoMoreThan(2);
      equal(stream.received.map(({ data }) => data).sort(), ['comEu', 'orgUs'], 'what is delivered');
    },
  },
]);
