import { expect, test } from 'vitest';
import { loadDescriptors } from '../protocol/descriptors.ts';
import { unaryRpcsOf } from '../server/unary-rpc.ts';
import { createRouter } from './router.ts';

const root = loadDescriptors();
const services = ['pubsub.v1.Publisher', 'pubsub.v1.Subscriber', 'pubsub.v1.SchemaService', 'iam.v1.IAMPolicy'];
const rpcs = services.flatMap((name) => unaryRpcsOf(root.lookupService(`google.${name}`), {}));
const route = createRouter(rpcs);

/** The URLs of the REST reference. @see https://cloud.google.com/pubsub/docs/reference/rest */
const REFERENCE = `
CreateTopic            PUT    topics/t
UpdateTopic            PATCH  topics/t
GetTopic               GET    topics/t
DeleteTopic            DELETE topics/t
ListTopics             GET    topics
Publish                POST   topics/t:publish
ListTopicSubscriptions GET    topics/t/subscriptions
ListTopicSnapshots     GET    topics/t/snapshots
GetIamPolicy           GET    topics/t:getIamPolicy
SetIamPolicy           POST   topics/t:setIamPolicy
TestIamPermissions     POST   topics/t:testIamPermissions
CreateSubscription     PUT    subscriptions/s
UpdateSubscription     PATCH  subscriptions/s
GetSubscription        GET    subscriptions/s
DeleteSubscription     DELETE subscriptions/s
ListSubscriptions      GET    subscriptions
Pull                   POST   subscriptions/s:pull
Acknowledge            POST   subscriptions/s:acknowledge
ModifyAckDeadline      POST   subscriptions/s:modifyAckDeadline
ModifyPushConfig       POST   subscriptions/s:modifyPushConfig
Seek                   POST   subscriptions/s:seek
DetachSubscription     POST   subscriptions/s:detach
GetIamPolicy           GET    subscriptions/s:getIamPolicy
SetIamPolicy           POST   subscriptions/s:setIamPolicy
TestIamPermissions     POST   subscriptions/s:testIamPermissions
CreateSnapshot         PUT    snapshots/n
UpdateSnapshot         PATCH  snapshots/n
GetSnapshot            GET    snapshots/n
DeleteSnapshot         DELETE snapshots/n
ListSnapshots          GET    snapshots
GetIamPolicy           GET    snapshots/n:getIamPolicy
SetIamPolicy           POST   snapshots/n:setIamPolicy
TestIamPermissions     POST   snapshots/n:testIamPermissions
CreateSchema           POST   schemas
GetSchema              GET    schemas/c
DeleteSchema           DELETE schemas/c
ListSchemas            GET    schemas
CommitSchema           POST   schemas/c:commit
RollbackSchema         POST   schemas/c:rollback
ListSchemaRevisions    GET    schemas/c:listRevisions
DeleteSchemaRevision   DELETE schemas/c:deleteRevision
ValidateSchema         POST   schemas:validate
ValidateMessage        POST   schemas:validateMessage
GetIamPolicy           GET    schemas/c:getIamPolicy
SetIamPolicy           POST   schemas/c:setIamPolicy
TestIamPermissions     POST   schemas/c:testIamPermissions
`
  .trim()
  .split('\n')
  .map((line) => line.split(/ +/) as [string, string, string]);

test.each(REFERENCE)('%s is %s %s', (name, method, path) => {
  const found = route(method, `/v1/projects/p/${path}`);
  expect(found?.rpc.method.name).toBe(name);
  const [, collection = '', id] = /^([a-z]+)(?:\/([a-z]+))?/.exec(path) ?? [];
  const expected = id ? `projects/p/${collection}/${id}` : 'projects/p';
  expect([...(found?.variables.values() ?? [])]).toEqual([expected]);
});

test('every unary RPC has a URL', () => {
  expect(new Set(REFERENCE.map(([name]) => name))).toEqual(new Set(rpcs.map(({ method }) => method.name)));
});

test.each([
  ['GET', '/v1/projects/p'],
  ['POST', '/v1/projects/p/topics/t'],
  ['GET', '/v1/projects/p/topics/t:publish'],
  ['POST', '/v1/projects/p/subscriptions/s:streamingPull'],
  ['PUT', '/v1/projects/p/topics/a:b'],
  ['PUT', '/v2/projects/p/topics/t'],
  ['PUT', '//v1/projects/p/topics/t'],
  ['OPTIONS', '*'],
])('%s %s is nothing', (method, path) => {
  expect(route(method, path)).toBeUndefined();
});
