import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, present, refused } from '../expectations.ts';
import { area, type Behaviour } from '../row.ts';

const BINDINGS = [{ role: 'roles/pubsub.viewer', members: ['user:someone@example.com'] }];

/** The requests are typed as generated classes; plain objects do. */
type SetRequest = Parameters<Context['publisher']['setIamPolicy']>[0];
type GetRequest = Parameters<Context['publisher']['getIamPolicy']>[0];
type TestRequest = Parameters<Context['publisher']['testIamPermissions']>[0];

const setPolicy = ({ publisher }: Context, resource: string, policy: object) =>
  publisher.setIamPolicy({ resource, policy } as SetRequest);

const getPolicy = ({ publisher }: Context, resource: string) => publisher.getIamPolicy({ resource } as GetRequest);

const testPermissions = ({ publisher }: Context, resource: string, permission: string) =>
  publisher.testIamPermissions({ resource, permissions: [permission] } as TestRequest);

interface Kind {
  readonly what: string;
  readonly make: (context: Context) => Promise<string>;
  readonly permission: string;
}

const KINDS: readonly Kind[] = [
  { what: 'topic', make: (context) => context.topic(), permission: 'pubsub.topics.publish' },
  {
    what: 'subscription',
    make: async (context) => (await context.topicAndSubscription()).subscription,
    permission: 'pubsub.subscriptions.consume',
  },
  {
    what: 'snapshot',
    async make(context) {
      const { subscription } = await context.topicAndSubscription();
      const name = context.name('snapshots');
      await context.subscriber.createSnapshot({ name, subscription });
      return name;
    },
    permission: 'pubsub.snapshots.seek',
  },
  {
    what: 'schema',
    async make({ schemas, project }) {
      const definition = '{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}';
      const schema = { type: 'AVRO' as const, definition };
      return (await schemas.createSchema({ parent: project, schemaId: 'schema', schema }))[0].name ?? '';
    },
    permission: 'pubsub.schemas.get',
  },
];

const ofEach: Behaviour[] = KINDS.flatMap(({ what, make, permission }): Behaviour[] => [
  {
    title: `a ${what}'s policy is returned as it was set`,
    async run(context) {
      const resource = await make(context);
      await setPolicy(context, resource, { bindings: BINDINGS });
      const [policy] = await getPolicy(context, resource);
      equal(
        policy.bindings?.map(({ role, members }) => ({ role, members })),
        BINDINGS,
        'bindings',
      );
    },
  },
  {
    title: `permissions on a ${what} can be tested`,
    async run(context) {
      const resource = await make(context);
      const [{ permissions }] = await testPermissions(context, resource, permission);
      equal(permissions, [permission], 'permissions');
    },
  },
]);

export const iam = area('IAM', documentation.iam, [
  ...ofEach,
  {
    title: 'a new topic has no bindings',
    async run(context) {
      const [policy] = await getPolicy(context, await context.topic());
      equal(policy.bindings ?? [], [], 'bindings');
    },
  },
  {
    title: 'a policy has an etag, which a change changes',
    async run(context) {
      const resource = await context.topic();
      const [first] = await setPolicy(context, resource, { bindings: BINDINGS });
      const [second] = await setPolicy(context, resource, { bindings: [] });
      equal(String(present(first.etag, 'an etag')) === String(second.etag), false, 'the same etag');
    },
  },
  {
    title: 'a policy that has changed meanwhile is not overwritten: ABORTED',
    async run(context) {
      const resource = await context.topic();
      const [{ etag }] = await setPolicy(context, resource, { bindings: BINDINGS });
      await setPolicy(context, resource, { bindings: [] });
      const stale = setPolicy(context, resource, { bindings: BINDINGS, etag: etag ?? '' });
      await refused(stale, 'ABORTED');
    },
  },
  {
    title: 'a topic that does not exist has no policy: NOT_FOUND',
    async run(context) {
      const resource = context.name('topics');
      await refused(getPolicy(context, resource), 'NOT_FOUND');
      await refused(setPolicy(context, resource, {}), 'NOT_FOUND');
    },
  },
  {
    title: 'a policy is gone with its topic',
    async run(context) {
      const name = await context.topic();
      await setPolicy(context, name, { bindings: BINDINGS });
      await context.publisher.deleteTopic({ topic: name });
      await context.topic({ name });
      contains((await getPolicy(context, name))[0], { bindings: [] }, 'the policy');
    },
  },
]);
