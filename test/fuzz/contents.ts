import fc from 'fast-check';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import { fieldName, oddValue } from './words.ts';

/** What a request says, before it is written down in one of the formats. */
export interface Content {
  readonly kind: 'events' | 'properties' | 'cloud-events';
  readonly items: readonly unknown[];
}

type Item = Readonly<Record<string, unknown>>;

const SUBJECTS = 500;
const subject = fc.nat({ max: SUBJECTS }).map((n) => `cus_${n}`);
const open = { type: 'order.placed', version: '1.0', data: { total: 42, items: [{ sku: 'ü', n: 1 }] } };
const known = CATALOGUE.map(({ type, version, example }) => ({ type, version, data: example.data }));

const eventOf = (contents: readonly Item[]): fc.Arbitrary<Item> =>
  fc
    .tuple(fc.constantFrom(...contents), subject)
    .map(([content, of]) => ({ ...content, timestamp: '2026-11-20T10:30:00Z', subject: of }));

const change: fc.Arbitrary<Item> = subject.map((of) => ({ subject: of, properties: { plan: 'premium', seats: 3 } }));

const toCloudEvent = ({ type, version, timestamp, subject: of, data }: Item): Item => ({
  specversion: '1.0',
  source: '/fuzz',
  type,
  dataversion: version,
  time: timestamp,
  subject: of,
  data,
});

const itemsOf = (event: fc.Arbitrary<Item>): Record<Content['kind'], fc.Arbitrary<Item>> => ({
  events: event,
  properties: change,
  'cloud-events': event.map(toCloudEvent),
});
/** Good for every tenant, also for one that takes the catalogue's types only. */
const GOOD = itemsOf(eventOf(known));
const ANY = itemsOf(eventOf([open, open, ...known]));
const kind = fc.constantFrom<Content['kind']>('events', 'events', 'properties', 'cloud-events');

/** Nothing but what is good; each item still lacks its id. */
export const goodContent: fc.Arbitrary<Content> = kind.chain((of) =>
  fc.array(GOOD[of], { minLength: 1, maxLength: 2 }).map((items) => ({ kind: of, items })),
);

interface Change {
  readonly name: string;
  readonly value: unknown;
  readonly removes: boolean;
}

const changes = fc.array(fc.record<Change>({ name: fieldName, value: oddValue, removes: fc.boolean() }), {
  minLength: 1,
  maxLength: 3,
});

function changed(item: Item, all: readonly Change[]): Item {
  const entries = new Map(Object.entries(item));
  for (const { name, value, removes } of all) {
    if (removes) entries.delete(name);
    else entries.set(name, value);
  }
  return Object.fromEntries(entries);
}

/** Items of which some are good, some have something odd about them, and some are nothing at all. */
export const oddContent: fc.Arbitrary<Content> = kind.chain((of) =>
  fc
    .array(
      fc.oneof(
        { weight: 1, arbitrary: ANY[of] },
        { weight: 6, arbitrary: fc.tuple(ANY[of], changes).map(([item, all]) => changed(item, all)) },
        { weight: 1, arbitrary: oddValue },
      ),
      { maxLength: 2 },
    )
    .map((items) => ({ kind: of, items })),
);
