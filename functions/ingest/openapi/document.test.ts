import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { type RefusalCode, REFUSALS } from '#shared/errors/refusals.ts';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import { EventInput } from '#shared/events/event-envelope.ts';
import { mediaTypesOf } from '../content/read-items.ts';
import { EVENTS, USER_PROPERTIES } from '../endpoint.ts';
import { openApiDocument } from './document.ts';
import { INTAKE_REFUSALS } from './intake.ts';

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

test('it is OpenAPI 3.1, by the official schema', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result).toEqual({ valid: true });
});

test('every schema is JSON Schema 2020-12, and every example is what its schema says', () => {
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  ajv.addSchema(document, 'openapi');
  const { schemas } = document['components']!;
  for (const name of Object.keys(schemas!)) {
    const validate = ajv.getSchema(`openapi#/components/schemas/${name}`)!;
    for (const example of (schemas![name]!['examples'] ?? []) as unknown as unknown[]) {
      expect([name, validate(example), validate.errors]).toEqual([name, true, null]);
    }
  }
  const validate = ajv.getSchema('openapi#/components/schemas/Event')!;
  const { examples } = document['paths']!['/v1/events']!['post']!['requestBody']!['content']!['application/json']!;
  for (const [name, { value }] of Object.entries(examples as unknown as Record<string, { value: unknown }>)) {
    expect([name, validate(value), validate.errors]).toEqual([name, true, null]);
  }
});

test('every refusal that a customer may see is described somewhere', () => {
  const described = JSON.stringify(document['paths']);
  const missing = (Object.keys(REFUSALS) as RefusalCode[]).filter((code) => !described.includes(`\`${code}\``));
  // To Pub/Sub only.
  expect(missing).toEqual(['not_processed']);
});

test.each(['/v1/events', '/v1/user-properties'])('%s describes its refusals, under their statuses', (path) => {
  const { responses } = document['paths']![path]!['post']!;
  const statuses = new Set(INTAKE_REFUSALS.map((code) => String(REFUSALS[code].status)));
  expect(new Set(Object.keys(responses!))).toEqual(new Set(['202', ...statuses]));
  expect(responses!['401']).toMatchObject({ description: expect.stringContaining('`invalid_credentials`') });
});

test.each([
  ['202', 'ratelimit', true],
  ['202', 'idempotent-replayed', false],
  ['401', 'www-authenticate', true],
  ['403', 'www-authenticate', false],
  ['405', 'allow', true],
  ['409', 'retry-after', true],
  ['413', 'ratelimit-policy', true],
  ['415', 'accept-post', false],
  ['415', 'accept-encoding', false],
  ['422', 'retry-after', undefined],
  ['429', 'retry-after', true],
  ['429', 'ratelimit', false],
  ['503', 'retry-after', true],
  ['504', 'retry-after', true],
])('an answer with %s has the header %s always: %s', (status, name, always) => {
  const { headers } = document['paths']!['/v1/events']!['post']!['responses']![status]!;
  expect(headers![name]?.['required']).toBe(always);
});

test('every media type, encoding and credential is described', () => {
  const events = document['paths']!['/v1/events']!['post']!;
  expect(Object.keys(events['requestBody']!['content']!)).toEqual(mediaTypesOf(EVENTS));
  const properties = document['paths']!['/v1/user-properties']!['post']!;
  expect(Object.keys(properties['requestBody']!['content']!)).toEqual(mediaTypesOf(USER_PROPERTIES));
  expect(events['security']).toEqual([{ apiKey: ['events:write'] }, { jwt: ['events:write'] }]);
  expect(events['parameters']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'Idempotency-Key' }),
      expect.objectContaining({ name: 'Content-Encoding' }),
      expect.objectContaining({ name: 'ce-specversion' }),
    ]),
  );
});

test('what is known of a subject is described, with its refusals', () => {
  const { parameters, responses } = document['paths']!['/v1/subjects/{subject}']!['get']!;
  expect(parameters).toMatchObject([
    { name: 'subject', in: 'path', required: true },
    { name: 'project_id', in: 'query' },
  ]);
  expect(Object.keys(responses!)).toEqual(['200', '400', '401', '403', '404', '405', '429', '500', '503']);
  expect(responses!['404']).toMatchObject({ description: expect.stringContaining('`not_found`') });
  const { required, properties } = document['components']!['schemas']!['Subject']!;
  expect(required).toEqual(['subject', 'properties', 'counts', 'first_seen_at', 'last_seen_at', 'decisions']);
  const decision = properties!['decisions']!['items']!['properties']!;
  expect(Object.keys(decision)).toContain('decided_at');
  expect(Object.keys(decision)).not.toContain('tenant_id');
});
