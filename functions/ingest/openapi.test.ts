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
  expect(Object.keys(responses!)).toEqual(['202', '400', '401', '403', '413', '415', '422', '500', '503', '504']);
  expect(responses!['401']).toMatchObject({ description: expect.stringContaining('`invalid_credentials`') });
});
