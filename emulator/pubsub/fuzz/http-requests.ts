import fc from 'fast-check';
import { damagedText, PROJECT, textFor } from './words.ts';

/** One call over HTTP/1. */
export interface HttpRequest {
  readonly method: string;
  /** With its query, as it is sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PATHS = [
  `/v1/${PROJECT}/topics/one`,
  `/v1/${PROJECT}/topics/one:publish`,
  `/v1/${PROJECT}/topics`,
  `/v1/${PROJECT}/topics/one/subscriptions`,
  `/v1/${PROJECT}/subscriptions/one`,
  `/v1/${PROJECT}/subscriptions/one:pull`,
  `/v1/${PROJECT}/subscriptions/one:acknowledge`,
  `/v1/${PROJECT}/subscriptions/one:modifyAckDeadline`,
  `/v1/${PROJECT}/subscriptions/one:seek`,
  `/v1/${PROJECT}/snapshots/one`,
  `/v1/${PROJECT}/schemas?schemaId=one`,
  `/v1/${PROJECT}/schemas:validate`,
  `/v1/${PROJECT}/schemas:validateMessage`,
  `/v1/${PROJECT}/topics/one:getIamPolicy?options.requestedPolicyVersion=3`,
  `/v1/${PROJECT}/topics/one:setIamPolicy`,
  '/oauth2/v1/certs',
  '/',
];

const BODIES = [
  { messages: [{ data: 'aGVsbG8=', attributes: { a: 'b' }, orderingKey: 'k' }] },
  {
    topic: `${PROJECT}/topics/one`,
    ackDeadlineSeconds: 10,
    filter: 'attributes:a',
    retryPolicy: { minimumBackoff: '10s' },
  },
  { topic: { labels: { a: 'b' }, messageRetentionDuration: '600.5s' }, updateMask: 'labels,messageRetentionDuration' },
  { maxMessages: 10, returnImmediately: true },
  { ackIds: ['a'], ackDeadlineSeconds: 10 },
  { time: '2026-01-01T00:00:00.123456789Z' },
  { schema: { type: 'AVRO', definition: '{"type":"string"}' }, message: 'ImEi', encoding: 'JSON' },
  { policy: { bindings: [{ role: 'roles/viewer', members: ['allUsers'] }], etag: 'BwU=' } },
].map((body) => JSON.stringify(body));

const QUERY = /[^\u0021-\u00ff]|#/gu;

const bodies: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ...BODIES),
  fc.constantFrom(...BODIES).chain(damagedText),
  // A value of another type in the place of each.
  fc
    .tuple(fc.constantFrom(...BODIES), fc.jsonValue({ maxDepth: 2 }))
    .map(([body, value]) => body.replace(/:("[^"]*"|\d+|true)/, () => `:${JSON.stringify(value)}`)),
  fc.json(),
  textFor('', ''),
  fc.constantFrom('['.repeat(50_000), '{"a":'.repeat(50_000), '1e999', '"\ud800"', '{"__proto__":{"topic":1}}', 'null'),
);

/** Calls of the API's URLs, and of what is nearly one of them. */
export const httpRequests: fc.Arbitrary<HttpRequest> = fc.record({
  method: fc.constantFrom(
    'POST',
    'POST',
    'POST',
    'GET',
    'GET',
    'PUT',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'HEAD',
  ),
  path: fc
    .oneof(
      { weight: 4, arbitrary: fc.constantFrom(...PATHS) },
      fc.constantFrom(...PATHS).chain(damagedText),
      fc
        .tuple(
          fc.constantFrom(...PATHS),
          fc.constantFrom('pageSize', '$alt', 'alt', 'updateMask', 'a.b.c', '__proto__.x'),
          textFor('', ''),
        )
        .map(([path, key, value]) => `${path}?${key}=${encodeLoosely(value)}`),
      fc.constantFrom('/v1/%', '/v1/%ff', '/v1/projects/%2e%2e/topics/one', `/v1/${'a/'.repeat(3000)}`),
    )
    // What no client of HTTP would send is sent elsewhere, as bytes.
    .map((path) => `/${path.replace(/^\/+/, '').replaceAll(QUERY, '')}`),
  headers: fc.record(
    {
      'content-type': fc.constantFrom('application/json', 'text/plain', 'application/x-protobuf', ';;', ''),
      'content-encoding': fc.constantFrom('identity', 'gzip', 'br'),
      'x-http-method-override': fc.constantFrom('GET', 'NOTHING'),
    },
    { requiredKeys: [] },
  ),
  body: bodies,
});

const encodeLoosely = (text: string): string => text.slice(0, 2000).replaceAll(/[\s&?#]/g, '+');

/** What is sent as the first bytes of a connection. */
export const openings: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc
    .constantFrom(
      '',
      'P',
      'PR',
      'PRI * HTTP/2.0\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0\0\xff\xff\xff\u0009\0\0\0\0\0',
      'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n1',
      'POST /v1/a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      'GET /\0 HTTP/1.1\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    )
    .map((text) => Buffer.from(text, 'latin1')),
);
