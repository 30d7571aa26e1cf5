import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { Header, WireRequest } from '#test/wire/request.ts';
import type { Content } from './contents.ts';
import { shape } from './shapes.ts';
import { damagedBytes, damagedText } from './words.ts';

/** A request without its credential. */
export interface Written extends WireRequest {
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

const TARGETS = { events: '/v1/events', properties: '/v1/user-properties', 'cloud-events': '/v1/events' } as const;
const LISTS = { events: 'events', properties: 'user_properties', 'cloud-events': 'events' } as const;
const JSON_TYPE = 'application/json';

/** Writes a content down in the `way`th of the formats that it may have. */
function written({ kind, items }: Content, way: number): { contentType: string; text: string; headers: Header[] } {
  const [first] = items;
  if (kind === 'cloud-events') {
    if (way % 3 === 0 && items.length === 1) {
      return { contentType: 'application/cloudevents+json', text: JSON.stringify(first), headers: [] };
    }
    if (way % 3 === 1 && items.length === 1 && isFlat(first)) return binary(first);
    return { contentType: 'application/cloudevents-batch+json', text: JSON.stringify(items), headers: [] };
  }
  if (way % 4 === 0) {
    const text = items.map((item) => JSON.stringify(item)).join('\n');
    return { contentType: 'application/x-ndjson', text, headers: [] };
  }
  if (way % 4 === 1 && items.length === 1) {
    return { contentType: JSON_TYPE, text: JSON.stringify(first), headers: [] };
  }
  const body = way % 4 === 2 ? { [LISTS[kind]]: items } : items;
  return { contentType: `${JSON_TYPE}; charset=utf-8`, text: JSON.stringify(body), headers: [] };
}

/** Something whose attributes can be headers. */
function isFlat(item: unknown): item is Readonly<Record<string, unknown>> {
  if (typeof item !== 'object' || item === null) return false;
  return Object.entries(item).every(([name, value]) => name === 'data' || (/^[a-z]+$/.test(name) && isWritable(value)));
}

const isWritable = (value: unknown): boolean => typeof value === 'string' && value.isWellFormed();

function binary({ data, ...attributes }: Readonly<Record<string, unknown>>): ReturnType<typeof written> {
  const headers = Object.entries(attributes).map(
    ([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))] as const,
  );
  return { contentType: JSON_TYPE, text: JSON.stringify(data ?? {}), headers };
}

const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const CODINGS: readonly (readonly [string, (body: Buffer) => Buffer])[] = [
  ['gzip', (body) => gzipSync(body, { level: 1 })],
  ['deflate', (body) => deflateSync(body, { level: 1 })],
  ['br', (body) => brotliCompressSync(body, QUICK)],
  ['zstd', (body) => zstdCompressSync(body)],
];
/** Most come as they are. */
const coding = fc.nat({ max: 12 }).map((n) => CODINGS[n]);
const way = fc.nat({ max: 11 });

/** A content in one of the formats and codings that are right for it. */
export function wellWritten(content: Content): fc.Arbitrary<Written> {
  return fc.tuple(way, coding).map(([how, packing]) => {
    const { contentType, text, headers } = written(content, how);
    const [name, pack] = packing ?? [];
    const coded: Header[] = name === undefined ? [] : [['content-encoding', name]];
    const body = pack === undefined ? Buffer.from(text) : pack(Buffer.from(text));
    return { target: TARGETS[content.kind], headers: [['content-type', contentType], ...headers, ...coded], body };
  });
}

const contentType = fc.constantFrom(
  JSON_TYPE,
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'APPLICATION/JSON;charset="UTF-8"',
  'application/json; charset=utf-16',
  'text/plain',
  '',
  ';;',
);

/** A content that is written down wrong: in text or bytes that are damaged, or by another name. */
export function badlyWritten(content: Content): fc.Arbitrary<Written> {
  return fc.tuple(way, coding, fc.nat({ max: 3 })).chain(([how, packing, wrong]) => {
    const { contentType: right, text, headers } = written(content, how);
    const [name, pack] = packing ?? CODINGS[how % 4] ?? [];
    const packed = (body: Buffer): Buffer => (pack === undefined ? body : pack(body));
    const request = (type: string, body: Buffer, coded: readonly Header[]): Written => ({
      target: TARGETS[content.kind],
      headers: [['content-type', type], ...headers, ...coded],
      body,
    });
    const codingHeader: Header[] = [['content-encoding', name ?? 'gzip']];
    if (wrong === 0) return damagedText(text).map((damaged) => request(right, Buffer.from(damaged), []));
    if (wrong === 1) return damagedBytes(packed(Buffer.from(text))).map((body) => request(right, body, codingHeader));
    if (wrong === 2) return damagedBytes(Buffer.from(text)).map((body) => request(right, body, []));
    return contentType.map((type) => request(type, Buffer.from(text), how % 2 === 0 ? [] : codingHeader));
  });
}

const PLACE = '"shaped"';
/** Where a shape stands, in each format. */
const ROUND_SHAPES: readonly (readonly [contentType: string, target: string, text: string])[] = [
  [JSON_TYPE, '/v1/events', PLACE],
  [JSON_TYPE, '/v1/events', `{"events":[${PLACE},1]}`],
  [
    JSON_TYPE,
    '/v1/events',
    `[{"type":"order.placed","timestamp":"2026-11-20T10:30:00Z","subject":"SUBJECT","data":{"a":${PLACE}}},{}]`,
  ],
  [
    JSON_TYPE,
    '/v1/events',
    `{"type":"order.placed","timestamp":"2026-11-20T10:30:00Z","subject":"SUBJECT","data":${PLACE}}`,
  ],
  [JSON_TYPE, '/v1/user-properties', `{"subject":"SUBJECT","properties":${PLACE}}`],
  ['application/x-ndjson', '/v1/events', `{}\n${PLACE}\n{"type":"order.placed","data":${PLACE}}`],
  [
    'application/cloudevents+json',
    '/v1/events',
    `{"specversion":"1.0","source":"/fuzz","type":"order.placed","subject":"SUBJECT","data":${PLACE}}`,
  ],
  [
    'application/cloudevents-batch+json',
    '/v1/events',
    `[{"specversion":"1.0","source":"/fuzz","type":"order.placed","subject":"SUBJECT","data":${PLACE}},${PLACE}]`,
  ],
];

/** JSON of a generated shape, in the place of a body, an event, or what is in one. `id` is the event's, and its subject's. */
export function shapedBody(id: string): fc.Arbitrary<Written> {
  return fc.tuple(fc.constantFrom(...ROUND_SHAPES), shape, coding).map(([[type, target, text], shaped, packing]) => {
    const [name, pack] = packing ?? [];
    const identified = text
      .replaceAll('"type":', `"id":"${id}","type":`)
      .replaceAll('{"subject":', `{"id":"${id}","subject":`)
      .replaceAll('SUBJECT', id);
    const body = Buffer.from(identified.replaceAll(PLACE, () => shaped));
    const coded: Header[] = name === undefined ? [] : [['content-encoding', name]];
    return { target, headers: [['content-type', type], ...coded], body: pack === undefined ? body : pack(body) };
  });
}
