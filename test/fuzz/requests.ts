import fc from 'fast-check';
import type { Header, WireRequest } from '#test/wire/request.ts';
import { bytesOf } from '#test/wire/request.ts';
import { type Content, goodContent, oddContent } from './contents.ts';
import { badlyWritten, shapedBody, wellWritten, type Written } from './formats.ts';
import { damagedBytes } from './words.ts';

/** One thing that is sent. */
export type FuzzInput =
  /** Must be accepted, all of it. */
  | { readonly kind: 'good'; readonly request: WireRequest; readonly items: number }
  /** A request as HTTP has it, whatever is in it. */
  | { readonly kind: 'odd'; readonly request: WireRequest }
  /** Bytes. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer };

/** What the requests of one sender are made with. */
export interface Sender {
  readonly apiKey: string;
  /** Credentials that are not, or no longer, or not for that. Few, so that they are soon known to be no good. */
  readonly badCredentials: readonly string[];
  /** Names that no two requests share: of events, and of keys. */
  readonly nextId: () => string;
}

const bearer = (token: string): Header => ['authorization', `Bearer ${token}`];

const oddHeaders: fc.Arbitrary<readonly Header[]> = fc.array(
  fc.constantFrom<Header>(
    ['idempotency-key', 'a key that many send'],
    ['idempotency-key', '"\xff"'],
    ['idempotency-key', 'k'.repeat(300)],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['traceparent', '00-x'],
    ['content-encoding', 'identity'],
    ['content-encoding', 'gzip, br'],
    ['content-encoding', '__proto__'],
    ['expect', '100-continue'],
    ['connection', 'close'],
    ['x-tenant-id', 'acme'],
    ['ce-specversion', '1.0'],
    ['ce-id', '%ff'],
    ['ce-tenantid', 'acme'],
    ['x', 'y'.repeat(4_000)],
    ['x-latin', '\x80\xff'],
    ['accept', 'text/html'],
    ['cookie', 'a=b'],
    ['range', 'bytes=0-1'],
    ['if-none-match', '*'],
    ['te', 'trailers'],
    ['upgrade', 'h2c'],
    ['transfer-encoding', 'identity'],
    ['authorization', 'Bearer x'],
  ),
  { maxLength: 3 },
);

const TARGETS =
  '/v1/events /v1/user-properties /v1/subjects/cus_1 /v1/subjects/%2e%2e /v1/subjects/%ff /push /v1/api-keys /v1/api-keys/x ' +
  '/v1/api-keys/x/rotate /openapi.json /docs /docs/ /docs/..%2fx /healthz /readyz / // /v1/events?x=% /v1/%65vents ' +
  '/v1/events/ /%00 /v1/analytics/events http://a/v1/events /v1/../v1/events *';
const target = fc.constantFrom(...TARGETS.split(' '), `/${'a'.repeat(3_000)}`);
const method = fc.constantFrom('POST', 'POST', 'GET', 'GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND');

const openings = fc.constantFrom(
  '',
  'GET / HTTP/1.1\r\n\r\n',
  'GET /healthz HTTP/1.0\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n1',
  'POST /v1/events HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00',
  `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
);

function withIds({ kind, items }: Content, nextId: () => string): Content {
  return { kind, items: items.map((item) => ({ id: nextId(), ...(item as object) })) };
}

/** What is accepted. */
export function goodInputs({ apiKey, nextId }: Sender): fc.Arbitrary<FuzzInput> {
  return goodContent.chain((content) =>
    wellWritten(withIds(content, nextId)).map((request) => ({
      kind: 'good' as const,
      request: { ...request, headers: [bearer(apiKey), ...request.headers] },
      items: content.items.length,
    })),
  );
}

/** What should not be accepted, or just may be. */
export function oddInputs({ apiKey, badCredentials, nextId }: Sender): fc.Arbitrary<FuzzInput> {
  const credential = fc.nat({ max: 40 }).map((n) => badCredentials[n] ?? apiKey);
  const identified = oddContent.map(({ kind, items }) => ({
    kind,
    // What is odd about an id stays.
    items: items.map((item) => (isObject(item) && !Object.hasOwn(item, 'id') ? { id: nextId(), ...item } : item)),
  }));
  const requests: fc.Arbitrary<Written> = fc.oneof(
    { weight: 5, arbitrary: identified.chain(wellWritten) },
    { weight: 4, arbitrary: identified.chain(badlyWritten) },
    { weight: 3, arbitrary: fc.constant(undefined).chain(() => shapedBody(nextId())) },
  );
  const odd = fc.tuple(requests, credential, oddHeaders, fc.nat({ max: 9 })).map(([request, token, more, n]) => ({
    kind: 'odd' as const,
    request: { ...request, headers: [bearer(token), ...request.headers, ...(n < 3 ? more : [])] },
  }));
  const elsewhere = fc.tuple(requests, method, target).map(([request, how, where]) => ({
    kind: 'odd' as const,
    request: { ...request, method: how, target: where, headers: [bearer(apiKey), ...request.headers] },
  }));
  const bytes = fc
    .oneof(
      { weight: 3, arbitrary: odd.chain(({ request }) => damagedBytes(bytesOf(request))) },
      { weight: 1, arbitrary: openings.map((text) => Buffer.from(text, 'latin1')) },
    )
    .map((damaged) => ({ kind: 'bytes' as const, bytes: damaged }));
  return fc.oneof<fc.WeightedArbitrary<FuzzInput>[]>(
    { weight: 20, arbitrary: odd },
    { weight: 3, arbitrary: elsewhere },
    { weight: 2, arbitrary: bytes },
  );
}

function isObject(item: unknown): item is object {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}
