import { expect, test } from 'vitest';
import { loadDescriptors } from '../protocol/descriptors.ts';
import { bindField, bindQuery } from './query.ts';

const root = loadDescriptors();
const requests = {
  list: root.lookupType('google.pubsub.v1.ListSchemasRequest'),
  policy: root.lookupType('google.iam.v1.GetIamPolicyRequest'),
  permissions: root.lookupType('google.iam.v1.TestIamPermissionsRequest'),
  seek: root.lookupType('google.pubsub.v1.SeekRequest'),
  update: root.lookupType('google.pubsub.v1.UpdateTopicRequest'),
  publish: root.lookupType('google.pubsub.v1.PublishRequest'),
};

test.each<[keyof typeof requests, string, object]>([
  ['list', 'pageSize=10&pageToken=a%20b+c', { pageSize: 10, pageToken: 'a b c' }],
  ['list', 'page_size=10&pageSize=20', { pageSize: 20 }],
  ['list', 'view=FULL', { view: 2 }],
  ['list', 'view=2&$alt=json;enum-encoding=int', { view: 2 }],
  ['list', 'alt=json&prettyPrint=true&fields=schemas&key=k&access_token=t&$.xgafv=1&quotaUser=u&userProject=p', {}],
  ['policy', 'options.requestedPolicyVersion=3', { options: { requestedPolicyVersion: 3 } }],
  ['policy', 'options.requested_policy_version=3', { options: { requestedPolicyVersion: 3 } }],
  ['permissions', 'permissions=a&permissions=b', { permissions: ['a', 'b'] }],
  ['seek', 'time=1970-01-01T00:00:01Z', { time: { seconds: 1, nanos: 0 } }],
  [
    'update',
    'updateMask=labels,kmsKeyName&topic.messageRetentionDuration=600s',
    {
      updateMask: { paths: ['labels', 'kms_key_name'] },
      topic: { messageRetentionDuration: { seconds: 600, nanos: 0 } },
    },
  ],
])('%s?%s', (name, query, expected) => {
  const request = {};
  bindQuery(requests[name], request, new URLSearchParams(query));
  expect(request).toEqual(expected);
});

test.each<[keyof typeof requests, string, string]>([
  ['list', 'nope=1', `Unknown name "nope": Cannot bind query parameter. Field 'nope' could not be found`],
  ['list', 'view=SOME', "Invalid value at 'view' (type.googleapis.com/google.pubsub.v1.SchemaView)"],
  ['list', 'pageSize=', "Invalid value at 'page_size' (TYPE_INT32)"],
  ['list', 'pageSize.x=1', "'pageSize' is not a message."],
  ['policy', 'options=3', "'options' is a message type."],
  ['policy', 'options.x=3', "Field 'x' could not be found"],
  ['policy', '__proto__.x=3', "Field '__proto__' could not be found"],
  ['publish', 'messages=x', "'messages' is a message type."],
  ['publish', 'messages.data=x', "'messages' is not a message."],
  ['update', 'topic.labels=x', "'labels' is a message type."],
  ['update', 'topic.labels.a=x', "'labels' is not a message."],
  ['seek', 'snapshot=s&time=1970-01-01T00:00:01Z', "Cannot set 'time'"],
])('%s?%s is refused', (name, query, message) => {
  expect(() => bindQuery(requests[name], {}, new URLSearchParams(query))).toThrow(message);
});

test('a name in the path wins over that in the body', () => {
  const request = { topic: { name: 'other', labels: { a: 'b' } } };
  bindField(requests.update, request, 'topic.name', 'projects/p/topics/t');
  expect(request).toEqual({ topic: { name: 'projects/p/topics/t', labels: { a: 'b' } } });
});
