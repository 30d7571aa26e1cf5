import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { equal, isTrue, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

interface Page {
  readonly names: string[];
  readonly nextPageToken: string;
}

type Paging = { readonly pageSize?: number; readonly pageToken?: string };

interface Listing {
  readonly what: string;
  /** Makes so many, and says how one lists them. */
  readonly make: (
    context: Context,
    count: number,
  ) => Promise<{ names: string[]; list: (paging: Paging) => Promise<Page> }>;
}

const ONE_PAGE = { autoPaginate: false };

const page = (items: readonly ({ name?: string | null } | string)[], nextPageToken?: string | null): Page => ({
  names: items.map((item) => (typeof item === 'string' ? item : (item.name ?? ''))),
  nextPageToken: nextPageToken ?? '',
});

async function times(count: number, make: () => Promise<string>): Promise<string[]> {
  const names: string[] = [];
  for (let index = 0; index < count; index++) names.push(await make());
  return names;
}

const LISTINGS: readonly Listing[] = [
  {
    what: 'ListTopics',
    make: async (context, count) => ({
      names: await times(count, () => context.topic()),
      async list(paging) {
        const [items, , response] = await context.publisher.listTopics(
          { project: context.project, ...paging },
          ONE_PAGE,
        );
        return page(items, response.nextPageToken);
      },
    }),
  },
  {
    what: 'ListSubscriptions',
    async make(context, count) {
      const topic = await context.topic();
      return {
        names: await times(count, () => context.subscription(topic)),
        async list(paging) {
          const request = { project: context.project, ...paging };
          const [items, , response] = await context.subscriber.listSubscriptions(request, ONE_PAGE);
          return page(items, response.nextPageToken);
        },
      };
    },
  },
  {
    what: 'ListTopicSubscriptions',
    async make(context, count) {
      const topic = await context.topic();
      await context.topicAndSubscription();
      return {
        names: await times(count, () => context.subscription(topic)),
        async list(paging) {
          const [items, , response] = await context.publisher.listTopicSubscriptions({ topic, ...paging }, ONE_PAGE);
          return page(items, response.nextPageToken);
        },
      };
    },
  },
];

const ofEach: Behaviour[] = LISTINGS.flatMap(({ what, make }): Behaviour[] => [
  {
    title: `${what} lists what there is, and nothing of others`,
    async run(context) {
      const { names, list } = await make(context, 3);
      const listed = await list({});
      equal(listed.names.sort(), names.sort(), 'what is listed');
      equal(listed.nextPageToken, '', 'the next page');
    },
  },
  {
    title: `${what} pages: each name once, no page larger than asked for`,
    async run(context) {
      const { names, list } = await make(context, 5);
      const seen: string[] = [];
      let pageToken = '';
      do {
        const next = await list({ pageSize: 2, pageToken });
        isTrue(next.names.length <= 2, `${next.names.length} on a page of 2`);
        seen.push(...next.names);
        pageToken = next.nextPageToken;
      } while (pageToken && seen.length <= names.length);
      equal(seen.sort(), names.sort(), 'what all pages list');
    },
  },
  {
    title: `${what} refuses a page token that it has not given`,
    async run(context) {
      const { list } = await make(context, 1);
      await refused(list({ pageToken: 'no token' }), 'INVALID_ARGUMENT');
    },
  },
  {
    title: `${what} refuses a negative page size`,
    async run(context) {
      const { list } = await make(context, 1);
      await refused(list({ pageSize: -1 }), 'INVALID_ARGUMENT');
    },
  },
]);

export const listing = area('listing', documentation.listTopics, [
  ...ofEach,
  {
    title: 'a project that nobody has used has no topics',
    async run(context) {
      const [topics] = await context.publisher.listTopics({ project: context.project });
      equal(topics, [], 'topics');
    },
  },
  {
    title: 'what is deleted is no longer listed',
    async run(context) {
      const [first, second] = [await context.topic(), await context.topic()];
      await context.publisher.deleteTopic({ topic: first });
      const [topics] = await context.publisher.listTopics({ project: context.project });
      equal(
        topics.map(({ name }) => name),
        [second],
        'topics',
      );
    },
  },
  {
    title: 'a page may begin where its last name has been deleted meanwhile',
    async run(context) {
      const project = context.project;
      await times(4, () => context.topic());
      const [items, , { nextPageToken }] = await context.publisher.listTopics({ project, pageSize: 2 }, ONE_PAGE);
      for (const { name } of items) await context.publisher.deleteTopic({ topic: name ?? '' });
      const request = { project, pageSize: 2, pageToken: nextPageToken ?? '' };
      const [rest] = await context.publisher.listTopics(request, ONE_PAGE);
      equal(rest.length, 2, 'topics on the second page');
    },
  },
]);
