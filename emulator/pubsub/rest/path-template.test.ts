import { expect, test } from 'vitest';
import { compilePathTemplate, splitVerb } from './path-template.ts';

const TOPIC = '/v1/{topic.name=projects/*/topics/*}';

test.each<[string, string, Record<string, string> | undefined]>([
  [TOPIC, '/v1/projects/p/topics/t', { 'topic.name': 'projects/p/topics/t' }],
  [TOPIC, '/v1/projects/example.com:p/topics/t', { 'topic.name': 'projects/example.com:p/topics/t' }],
  [TOPIC, '/v1/projects/p/topics/a%20b%2Bc', { 'topic.name': 'projects/p/topics/a b+c' }],
  [TOPIC, '/v1/projects/p/topics/a%2fb', { 'topic.name': 'projects/p/topics/a%2fb' }],
  [TOPIC, '/v1/projects/p/topics/', undefined],
  [TOPIC, '/v1/projects/p/topics/t/snapshots', undefined],
  [TOPIC, '/v1/projects/p/subscriptions/t', undefined],
  [TOPIC, '/v1beta/projects/p/topics/t', undefined],
  ['/v1/{project=projects/*}/topics', '/v1/projects/p/topics', { project: 'projects/p' }],
  ['/v1/{resource=**}', '/v1/projects/p/topics/t', { resource: 'projects/p/topics/t' }],
  ['/v1/{a}/x/{b=c/*}', '/v1/1/x/c/2', { a: '1', b: 'c/2' }],
  ['/v1.0/x', '/v1a0/x', undefined],
])('%s at %s', (template, path, variables) => {
  const found = compilePathTemplate(template).match(path);
  expect(found && Object.fromEntries(found)).toEqual(variables);
});

test.each([
  ['/v1/projects/p/topics/t:publish', '/v1/projects/p/topics/t', 'publish'],
  ['/v1/projects/example.com:p/topics/t', '/v1/projects/example.com:p/topics/t', ''],
  ['/v1/projects/p/topics/a:b:publish', '/v1/projects/p/topics/a:b', 'publish'],
  ['/v1/projects/p/topics/a%3Ab', '/v1/projects/p/topics/a%3Ab', ''],
])('the verb of %s', (whole, path, verb) => {
  expect(splitVerb(whole)).toEqual({ path, verb });
});

test('what is not percent-encoding is refused', () => {
  expect(() => compilePathTemplate(TOPIC).match('/v1/projects/p/topics/%zz')).toThrow('not percent-encoded');
});
