import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT, RECEIVED_AT, setUp } from '../fixtures.ts';
import { CODINGS, COMPRESS } from './fixtures.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };
const good = JSON.stringify(EVENT);

describe('newline-delimited JSON', () => {
  const second = JSON.stringify({ ...EVENT, id: 'evt_2' });

  test.each([
    ['one line', good, 1],
    ['no newline at the end', `${good}\n${second}`, 2],
    ['a newline at the end', `${good}\n${second}\n`, 2],
    ['CRLF', `${good}\r\n${second}\r\n`, 2],
    ['blank lines', `\n\n ${good}\n \t\r\n${second}\n\n`, 2],
    ['a byte order mark', `\uFEFF${good}\n`, 1],
  ])('%s', async (_name, body, accepted) => {
    for (const type of ['application/x-ndjson', 'application/jsonl; charset=UTF-8']) {
      const response = await setUp().post(body, { 'content-type': type });
      expect(await response.json()).toMatchObject({ accepted, rejected: 0 });
    }
  });

  test.each<[string, string | Uint8Array, string?]>([
    ['not JSON', '{"id":'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['two on a line', `${good}${second}`],
    ['nested too deeply to be looked through', `${'['.repeat(100_000)}${'1'.repeat(20)}`, 'too_many_values'],
  ])('a line that is %s sinks no other', async (_name, line, code = 'malformed_json') => {
    const { post, published } = setUp();
    const response = await post(
      Buffer.concat([
        Buffer.from(`${good}\n\n`),
        typeof line === 'string' ? Buffer.from(line) : line,
        Buffer.from(`\n${second}`),
      ]),
      NDJSON,
    );
    expect(await response.json()).toMatchObject({
      accepted: 2,
      rejected: 1,
      results: [
        { id: 'evt_1', status: 'accepted' },
        { status: 'rejected', error: { code, message: expect.stringMatching(/^line 3: /) } },
        { id: 'evt_2', status: 'accepted' },
      ],
    });
    expect(published[0]!.messages).toHaveLength(2);
  });

  test.each([
    ['null', 'null'],
    ['a number', '7'],
    ['an array of events', `[${good}]`],
  ])('%s on a line is no event', async (_name, line) => {
    const response = await setUp().post(`${line}\n${good}`, NDJSON);
    expect(await response.json()).toMatchObject({
      results: [{ error: { code: 'invalid_event' } }, { status: 'accepted' }],
    });
  });

  test.each([
    ['nothing', '', 400, 'invalid_body'],
    ['10 MB of blank lines', '\r\n'.repeat(5_000_000), 400, 'invalid_body'],
    ['too many lines', '1\n'.repeat(2_501), 413, 'too_many_events'],
    ['far too many lines', '1\n'.repeat(5_000_000), 413, 'too_many_events'],
    ['nothing but bad lines', '{\n{', 422, 'all_events_invalid'],
  ])('%s is refused', async (_name, body, status, code) => {
    const response = await setUp().post(body, NDJSON);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  test('user properties', async () => {
    const lines = [
      '{"id":"a","subject":"cus_1","properties":{"n":12345678901234567890}}',
      '{"id":"b","subject":"s","properties":{}}',
    ];
    const response = await setUp().post(
      COMPRESS.zstd(Buffer.from(lines.join('\n'))),
      { ...NDJSON, 'content-encoding': 'zstd' },
      '/v1/user-properties',
    );
    expect(await response.json()).toMatchObject({
      results: [
        { id: 'a', status: 'rejected', error: { path: 'properties.n' } },
        { id: 'b', status: 'accepted' },
      ],
    });
  });
});

test.each([
  ['an array', `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`, 'application/json'],
  [
    'the data of an event',
    good.replace('{}', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    'application/json',
  ],
  [
    'the data on a line',
    good.replace('{}', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    'application/x-ndjson',
  ],
  [
    'with a number to be looked at',
    good.replace('{}', `{"a":${'['.repeat(100_000)}1e999${']'.repeat(100_000)}}`),
    'application/x-ndjson',
  ],
  [
    'a CloudEvent',
    `[{"specversion":"1.0","id":"1","type":"a.b","source":"s","subject":"s","data":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]`,
    'application/cloudevents-batch+json',
  ],
])('100,000 levels of nesting, %s: refused', async (_name, body, type) => {
  expect((await setUp().post(body, { 'content-type': type })).status).toBe(422);
});

const rest = good.slice(1).replace(',"data":{}', '');

test.each([
  ['the last of two keys counts', `{"data":{"a":1,"a":2},${rest}`, { data: { a: 2 } }],
  ['it is what is validated', `{"tenant_id":"globex","tenant_id":"acme","data":{},${rest}`, { tenant_id: 'acme' }],
  [
    'pairs of surrogates',
    String.raw`{"data":{"a":"\ud83d\ude00","b":"\\ud83d"},${rest}`,
    { data: { a: '😀', b: String.raw`\ud83d` } },
  ],
  ['a byte order mark', `\uFEFF{"data":{},${rest}`, { data: {} }],
])('%s', async (_name, body, stored) => {
  const { post, published } = setUp();
  expect((await post(body)).status).toBe(202);
  expect(JSON.parse(published[0]!.messages[0]!.data.toString())).toMatchObject(stored);
});

test.each([
  ['high', String.raw`{"a":"\ud83d"}`, 'data.a'],
  ['low', String.raw`{"a":["\uDE00 "]}`, 'data.a.0'],
  ['the wrong way round', String.raw`{"a":"\ude00\ud83d"}`, 'data.a'],
  ['behind a backslash', String.raw`{"a":"\\ud83d\ude00"}`, 'data.a'],
])('half a surrogate pair, %s, is refused by its path', async (_name, data, path) => {
  for (const [type, body] of [
    ['application/json', good.replace('{}', () => data)],
    ['application/x-ndjson', good.replace('{}', () => data)],
    [
      'application/cloudevents+json',
      `{"specversion":"1.0","id":"1","type":"a.b","source":"s","subject":"s","data":${data}}`,
    ],
  ] as const) {
    const response = await setUp().post(body, { 'content-type': type });
    expect(await response.json()).toMatchObject({ results: [{ error: { code: 'invalid_event', path } }] });
  }
});

test.each([
  ['/v1/events', 'text/plain'],
  ['/v1/events', 'application/json; charset=utf-16'],
  ['/v1/events', 'application/x-ndjson; charset=latin1'],
  ['/v1/events', 'application/json, text/plain'],
  ['/v1/events', 'application/cloudevents+xml'],
  ['/v1/events', ''],
  ['/v1/user-properties', 'application/cloudevents+json'],
])('%s: %s is not taken, and what is, told', async (path, type) => {
  const response = await setUp().post(good, { 'content-type': type }, path);
  expect(response.status).toBe(415);
  const own = 'application/json, application/x-ndjson, application/jsonl';
  const cloudEvents = 'application/cloudevents+json, application/cloudevents-batch+json';
  expect(response.headers.get('accept-post')).toBe(path === '/v1/events' ? `${own}, ${cloudEvents}` : own);
  expect(response.headers.get('accept-encoding')).toBeNull();
});

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => value.isWellFormed() && !/^\.{1,2}$/.test(value));
const events = fc.uniqueArray(
  fc.record({
    id: text,
    subject: text,
    data: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 })),
  }),
  { minLength: 1, maxLength: 8, selector: ({ id }) => id },
);

test('the same events, in whatever format and coding, are the same messages', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.constantFrom(undefined, ...CODINGS), async (generated, coding) => {
      const own = generated.map((event) => ({
        ...EVENT,
        timestamp: RECEIVED_AT,
        metadata: { source: 'shop' },
        ...event,
      }));
      const cloudEvents = own.map(({ timestamp, metadata: { source }, ...event }) => ({
        specversion: '1.0',
        source,
        time: timestamp,
        ...event,
      }));
      const messages = [];
      for (const [type, body] of [
        ['application/json', JSON.stringify({ events: own })],
        ['application/x-ndjson', own.map((event) => JSON.stringify(event)).join('\n')],
        ['application/cloudevents-batch+json', JSON.stringify(cloudEvents)],
      ] as const) {
        const { post, published } = setUp();
        const bytes = Buffer.from(body);
        const response =
          coding === undefined
            ? await post(bytes, { 'content-type': type })
            : await post(COMPRESS[coding](bytes), { 'content-type': type, 'content-encoding': coding });
        expect(response.status).toBe(202);
        messages.push(published[0]!.messages.map(({ data, attributes }) => [JSON.parse(data.toString()), attributes]));
      }
      expect(messages[1]).toEqual(messages[0]);
      expect(messages[2]).toEqual(messages[0]);
    }),
    { numRuns: 60 },
  );
});

test('whatever the bytes, the answer is results or a refusal', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(json)),
    fc.array(fc.json()).map((lines) => Buffer.from(lines.join('\n'))),
  );
  const type = fc.constantFrom(
    'application/json',
    NDJSON['content-type'],
    'application/cloudevents+json',
    BATCH['content-type'],
    'text/plain',
  );
  const coding = fc.constantFrom('identity', ...CODINGS);
  const headers = fc.dictionary(fc.stringMatching(/^ce-[a-z_]{1,8}$/), fc.stringMatching(/^[\x20-\x7e]{0,20}$/), {
    maxKeys: 3,
  });
  const { post } = setUp();
  await fc.assert(
    fc.asyncProperty(
      bytes,
      type,
      coding,
      fc.boolean(),
      headers,
      async (body, contentType, contentEncoding, compressed, ce) => {
        const compress = contentEncoding === 'identity' || !compressed ? undefined : COMPRESS[contentEncoding];
        const response = await post(compress?.(body) ?? body, {
          'content-type': contentType,
          'content-encoding': contentEncoding,
          ...ce,
        });
        expect([202, 400, 415, 422]).toContain(response.status);
        const { status, code, results } = (await response.json()) as Record<string, unknown>;
        if (response.status !== 202)
          expect({ status, code: typeof code }).toEqual({ status: response.status, code: 'string' });
        if (response.status === 202 || response.status === 422) expect(results).toBeInstanceOf(Array);
      },
    ),
    { numRuns: 1_500 },
  );
});
