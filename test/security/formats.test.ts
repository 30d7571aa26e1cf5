import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import { acceptedIds, asAcme, expectRefusal, type Header, postAsAcme, published } from './world.ts';

const cloudEvent = (members: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  specversion: '1.0',
  id: 'evt_ce',
  source: '/shop',
  type: 'order.placed',
  subject: 'cus_1',
  data: {},
  ...members,
});
const postCloudEvent = (members: Readonly<Record<string, unknown>>): Promise<WireResponse> =>
  asAcme({
    headers: [['content-type', 'application/cloudevents+json']],
    body: JSON.stringify(cloudEvent(members)),
  });
const postBinary = (headers: readonly Header[], body = '{}'): Promise<WireResponse> =>
  asAcme({
    headers: [
      ['ce-specversion', '1.0'],
      ['ce-id', 'evt_ce'],
      ['ce-source', '/shop'],
      ['ce-type', 'order.placed'],
      ['ce-subject', 'cus_1'],
      ['content-type', 'application/json'],
      ...headers,
    ],
    body,
  });

async function expectAcmes(response: WireResponse): Promise<void> {
  expect(acceptedIds(response)).toHaveLength(1);
  const [message, ...others] = await published();
  expect(message).toMatchObject({ topic: 'acme.events', attributes: { tenant_id: 'acme' } });
  expect(JSON.parse(message?.data ?? '')).toMatchObject({ tenant_id: 'acme' });
  expect(others).toEqual([]);
}

describe('CloudEvents', () => {
  test.each([
    ['source', { source: '/tenants/globex' }],
    ['a source that is a topic', { source: '//pubsub.googleapis.com/projects/p/topics/globex.events' }],
    ['another extension', { tenant: 'globex', tenantidentifier: 'globex', partitionkey: 'globex' }],
    ['dataschema', { dataschema: 'https://globex.test/order/1.0' }],
  ])('%s says nothing of whose event it is', async (_, members) => {
    await expectAcmes(await postCloudEvent(members));
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['tenantid of another tenant', { tenantid: 'globex' }],
    ['tenantid of nobody', { tenantid: 'nobody' }],
    ['tenantid in capitals', { tenantid: 'ACME' }],
    ['tenantid as a number', { tenantid: 1 }],
    ['tenant_id, which is no name', { tenant_id: 'acme' }],
    ['an extension that is an object', { x: { tenant_id: 'globex' } }],
    ['a prototype', JSON.parse('{"__proto__":{"tenantid":"globex"}}') as Record<string, unknown>],
    ['line breaks in the type', { type: 'order.placed\r\nX: y' }],
    ['an empty source', { source: '' }],
    ['another specversion', { specversion: '1.0.2' }],
    ['data in two places', { data_base64: 'e30=' }],
    ['base64 that hides what is behind it', { data: undefined, data_base64: 'e30=e30=' }],
    ['base64 of no JSON', { data: undefined, data_base64: 'eA==' }],
    ['data that is no JSON by its own account', { datacontenttype: 'application/xml' }],
    ['a source of half a character', { source: '\ud800' }],
  ])('%s: refused', async (_, members) => {
    expectRefusal(await postCloudEvent(members), 422, 'all_events_invalid');
  });

  test.each([
    ['100,000 levels in base64', '['.repeat(100_000)],
    ['a number that no double holds, in base64', '{"n":9007199254740993}'],
    ['another prototype in base64', '{"__proto__":1,"n":1e999}'],
  ])('%s: refused', async (_, data) => {
    const members = { data: undefined, data_base64: Buffer.from(data).toString('base64') };
    expectRefusal(await postCloudEvent(members), 422, 'all_events_invalid');
  });

  test('in a batch: each by itself', async () => {
    const good = cloudEvent({ id: 'good' });
    const response = await asAcme({
      headers: [['content-type', 'application/cloudevents-batch+json']],
      body: JSON.stringify([cloudEvent({ id: 'bad', tenantid: 'globex' }), good, null, 1, [], 'x']),
    });
    expect(acceptedIds(response)).toEqual(['good']);
    expect((await published()).map(({ topic }) => topic)).toEqual(['acme.events']);
  });
});

describe('CloudEvents in headers', () => {
  test.each<[string, readonly Header[]]>([
    ['ce-tenantid of another tenant', [['ce-tenantid', 'globex']]],
    [
      'ce-tenantid twice',
      [
        ['ce-tenantid', 'acme'],
        ['ce-tenantid', 'globex'],
      ],
    ],
    ['ce-tenant_id', [['ce-tenant_id', 'acme']]],
    ['ce-data', [['ce-data', '{"tenant_id":"globex"}']]],
    ['ce-type with a line break, escaped', [['ce-type', 'order.placed%0d%0aX: y']]],
    ['an escape that is no UTF-8', [['ce-x', '%ff']]],
    ['an escape that is none', [['ce-x', '%zz']]],
    ['Latin-1', [['ce-x', '\xe9']]],
    ['half a character, escaped', [['ce-x', '%ed%a0%80']]],
    ['ce-__proto__', [['ce-__proto__', 'x']]],
    ['an empty name', [['ce-', 'x']]],
  ])('%s: refused', async (_, headers) => {
    const response = await postBinary(headers);
    expectRefusal(response, 422, 'all_events_invalid');
  });

  test('a line break in an id, escaped: kept within the attribute', async () => {
    const response = await asAcme({
      headers: [
        ['ce-specversion', '1.0'],
        ['ce-id', 'evt%0d%0aX-Injected:%20yes'],
        ['ce-source', '/shop'],
        ['ce-type', 'order.placed'],
        ['ce-subject', 'cus_1'],
      ],
      body: '{}',
    });
    expect(acceptedIds(response)).toEqual(['evt\r\nX-Injected: yes']);
    expect(response.headers.map(([name]) => name)).not.toContain('x-injected');
    expect((await published())[0]?.attributes['event_id']).toBe('evt\r\nX-Injected: yes');
  });

  test('ce-toString and ce-constructor are names as any', async () => {
    await expectAcmes(
      await postBinary([
        ['ce-tostring', 'x'],
        ['ce-constructor', 'x'],
        ['ce-hasownproperty', 'x'],
      ]),
    );
  });
});

describe('newline-delimited JSON', () => {
  const post = (body: string): Promise<WireResponse> =>
    asAcme({ headers: [['content-type', 'application/x-ndjson']], body });

  test('what is wrong in one line is so of that line alone', async () => {
    const lines = [
      JSON.stringify(anEvent({ id: 'good' })),
      JSON.stringify(anEvent({ tenant_id: 'globex' })),
      '{"__proto__":{"tenant_id":"globex"}}',
      `${JSON.stringify(anEvent())}{"x":1}`,
      '['.repeat(100_000),
      '\0',
      '"\\ud800"',
      'null',
      '{"id":"x","id":"y"}',
    ];
    const response = await post(lines.join('\n'));
    expect(acceptedIds(response)).toEqual(['good']);
    expect((await published()).map(({ attributes }) => attributes['event_id'])).toEqual(['good']);
  });

  test.each([
    ['ten million line feeds', '\n'.repeat(9_999_999), 'invalid_body', 400],
    ['2,501 lines', '1\n'.repeat(2_501), 'too_many_events', 413],
    ['five million lines', '1\n'.repeat(4_999_999), 'too_many_events', 413],
    ['lines of U+2028 alone', '\u2028\u2029\u0085', 'all_events_invalid', 422],
  ])('%s: refused', async (_, body, code, status) => {
    expectRefusal(await post(body), status, code);
  });
});

describe('types of content', () => {
  test.each([
    'text/plain',
    'text/html',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/json5',
    'application/jsonx',
    'application/json, text/plain',
    'application/cloudevents+xml',
    'application/cloudevents-batch',
    '*/*',
    '',
    ';',
    `application/json; ${'a=b; '.repeat(2_000)}charset=utf-16`,
  ])('number %#: refused', async (contentType) => {
    const headers: readonly Header[] = [['content-type', contentType]];
    const response = await asAcme({ headers, body: JSON.stringify(anEvent()) });
    expectRefusal(response, 415, 'unsupported_media_type');
  });

  test('two of them: refused', async () => {
    expectRefusal(await postAsAcme(anEvent(), [['content-type', 'text/plain']]), 415, 'unsupported_media_type');
  });

  test('none: refused', async () => {
    expectRefusal(await asAcme({ body: JSON.stringify(anEvent()) }), 415, 'unsupported_media_type');
  });
});
