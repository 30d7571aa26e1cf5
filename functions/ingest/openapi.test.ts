import { expect, test } from 'vitest';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import { EventInput } from '#shared/events/event-envelope.ts';
import { openApiDocument } from './openapi.ts';

interface Json {
  readonly [key: string]: Json | undefined;
}

// What is sent over the wire: no undefined members, no shared objects.
const document = JSON.parse(JSON.stringify(openApiDocument())) as Json;

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer]) => pointer!);
  expect(references.length).toBeGreaterThan(CATALOGUE.length);
  for (const pointer of new Set(references)) {
    expect(pointer.split('/').reduce<Json | undefined>((node, key) => node?.[key], document)).toBeDefined();
  }
});

test('the event is described as it is validated', () => {
  const { required, properties, additionalProperties } = document['components']!['schemas']!['Event']!;
  expect(required).toEqual(['type', 'timestamp', 'subject', 'data']);
  expect(Object.keys(properties!).sort()).toEqual(Object.keys(EventInput.shape).sort());
  expect(additionalProperties).toBe(false);
  expect(properties!['timestamp']).toMatchObject({ type: 'string', format: 'date-time' });
  expect(properties!['data']).toMatchObject({ type: 'object' });
});

test.each(CATALOGUE)('$type $version has its schema and an example', ({ type, version, example }) => {
  const { schemas } = document['components']!;
  expect(schemas![`${type}.${version}`]).toMatchObject({ type: 'object', examples: [example.data] });
  const { examples } = document['paths']!['/v1/events']!['post']!['requestBody']!['content']!['application/json']!;
  expect(examples![`${type} ${version}`]).toMatchObject({ value: { type, version, ...example } });
});

test.each(['/v1/events', '/v1/user-properties'])('%s describes its refusals, under their statuses', (path) => {
  const { responses } = document['paths']![path]!['post']!;
  expect(Object.keys(responses!)).toEqual([
    '202',
    '400',
    '401',
    '403',
    '405',
    '413',
    '415',
    '422',
    '500',
    '503',
    '504',
  ]);
  expect(responses!['401']).toMatchObject({ description: expect.stringContaining('`invalid_credentials`') });
});

test('what is known of a subject is described, with its refusals', () => {
  const { parameters, responses } = document['paths']!['/v1/subjects/{subject}']!['get']!;
  expect(parameters).toMatchObject([{ name: 'subject', in: 'path', required: true }]);
  expect(Object.keys(responses!)).toEqual(['200', '401', '403', '404', '405', '500', '503']);
  expect(responses!['404']).toMatchObject({ description: expect.stringContaining('`not_found`') });
  const { required, properties } = document['components']!['schemas']!['Subject']!;
  expect(required).toEqual(['subject', 'properties', 'counts', 'first_seen_at', 'last_seen_at', 'decisions']);
  const decision = properties!['decisions']!['items']!['properties']!;
  expect(Object.keys(decision)).toContain('decided_at');
  expect(Object.keys(decision)).not.toContain('tenant_id');
});
