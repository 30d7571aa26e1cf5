import { describe, expect, test } from 'vitest';
import { RECEIVED_AT, setUp } from '../fixtures.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const cloudEvent = {
  specversion: '1.0',
  id: 'evt_1',
  source: '/shop',
  type: 'order.shipped',
  subject: 'cus_1',
  time: '2026-11-20T10:30:00Z',
  data: { n: 1 },
};
const asEvent = {
  id: 'evt_1',
  type: 'order.shipped',
  version: '1.0',
  timestamp: '2026-11-20T10:30:00Z',
  received_at: RECEIVED_AT,
  tenant_id: 'acme',
  subject: 'cus_1',
  data: { n: 1 },
  metadata: { source: '/shop' },
};

async function publishedOf(send: (post: ReturnType<typeof setUp>['post']) => Promise<Response>) {
  const { post, published } = setUp();
  const response = await send(post);
  const message = published[0]?.messages[0];
  return {
    status: response.status,
    answer: (await response.json()) as { results?: { id?: string; error?: { path: string; message: string } }[] },
    event: message === undefined ? undefined : (JSON.parse(message.data.toString()) as unknown),
    attributes: message?.attributes,
  };
}

const structured = (body: unknown, headers = {}) =>
  publishedOf((post) => post(body, { 'content-type': 'application/cloudevents+json', ...headers }));

const binary = (headers: Record<string, string>, body: string | Uint8Array = '{"n":1}') => {
  const { data: _data, ...attributes } = cloudEvent;
  const own = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
  return publishedOf((post) => post(body, { ...own, ...headers }));
};

test('structured, batched and binary, it is the same event', async () => {
  expect(await structured(cloudEvent)).toMatchObject({ status: 202, event: asEvent });
  expect((await structured(cloudEvent)).event).toEqual(asEvent);
  expect((await binary({})).event).toEqual(asEvent);
  const batch = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };
  expect((await publishedOf((post) => post([cloudEvent], batch))).event).toEqual(asEvent);
});

describe('what an attribute becomes', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['no time', { time: undefined }, { timestamp: RECEIVED_AT }],
    ['no data', { data: undefined }, { data: {} }],
    [
      'null, which is unset',
      { time: null, data: null, other: null },
      { timestamp: RECEIVED_AT, data: {}, metadata: { source: '/shop' } },
    ],
    ['correlationid', { correlationid: 'c' }, { correlation_id: 'c' }],
    ["the caller's tenantid", { tenantid: 'acme' }, { tenant_id: 'acme', metadata: { source: '/shop' } }],
    ['projectid', { projectid: 'shop' }, { project_id: 'shop', metadata: { source: '/shop' } }],
    ['idempotencykey', { idempotencykey: 'i' }, { metadata: { source: '/shop', idempotency_key: 'i' } }],
    [
      'other extensions',
      { traceparent, n: 7, yes: true, constructor: 'x', metadata: 'm' },
      { metadata: { source: '/shop', traceparent, n: 7, yes: true, constructor: 'x', metadata: 'm' } },
    ],
    [
      'dataversion',
      { dataversion: '2.3', dataschema: 'x#1.2' },
      { version: '2.3', metadata: { source: '/shop', dataschema: 'x#1.2' } },
    ],
    [
      'dataschema with a version',
      { dataschema: 'https://schemas.example/order/v1.2.json' },
      { version: '1.2', metadata: { source: '/shop', dataschema: 'https://schemas.example/order/v1.2.json' } },
    ],
    [
      'dataschema with a fragment',
      { dataschema: '#1.2' },
      { version: '1.2', metadata: { source: '/shop', dataschema: '#1.2' } },
    ],
    [
      'dataschema without a version',
      { dataschema: 'https://schemas.example/2020.1/order' },
      { version: '1.0', metadata: { source: '/shop', dataschema: 'https://schemas.example/2020.1/order' } },
    ],
    [
      'JSON of its own type',
      { datacontenttype: 'application/vnd.shop+json' },
      { metadata: { source: '/shop', datacontenttype: 'application/vnd.shop+json' } },
    ],
    ['plain JSON', { datacontenttype: 'application/json; charset=utf-8' }, { metadata: { source: '/shop' } }],
    [
      'data in base64',
      { data: undefined, data_base64: Buffer.from('{"x":[1]}').toString('base64') },
      { data: { x: [1] } },
    ],
  ])('%s', async (_name, given, expected) => {
    const { event } = await structured({ ...cloudEvent, ...given });
    expect(event).toEqual({ ...asEvent, ...expected });
  });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('what is refused is named as the sender named it', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no subject', { subject: undefined }, 'subject: required'],
    ['no source', { source: undefined }, 'source: required'],
    ['an empty source', { source: '' }, 'source: must not be empty'],
    ['no id', { id: undefined }, 'id: required'],
    ['no specversion', { specversion: undefined }, 'specversion: must be "1.0"'],
    ['an old specversion', { specversion: '0.3' }, 'specversion: must be "1.0"'],
    ['a bad time', { time: 'yesterday' }, 'time: not an RFC 3339 date-time'],
    ['a bad type', { type: 'Order' }, 'type: must be dotted lower case, such as "order.shipped"'],
    ['a bad dataversion', { dataversion: 'two' }, 'dataversion: must be "major.minor", such as "1.0"'],
    ['an unknown version', { type: 'payment.failed', dataschema: '#7.7' }, 'dataschema: payment.failed is known at '],
    ['a bad correlationid', { correlationid: '' }, 'correlationid: must not be empty'],
    ["another tenant's tenantid", { tenantid: 'globex' }, 'tenantid: not the tenant of this credential'],
    ['an underscore', { tenant_id: 'globex' }, 'tenant_id: not the name of an attribute'],
    ['a capital', { Subject: 'x' }, 'Subject: not the name of an attribute'],
    ['an object', { metadata: { tenant_id: 'globex' } }, 'metadata: must be text, a boolean or a 32-bit integer'],
    ['a fraction', { sampled: 0.5 }, 'sampled: must be text, a boolean or a 32-bit integer'],
    ['a long integer', { sequence: 2 ** 31 }, 'sequence: must be text, a boolean or a 32-bit integer'],
    ['half a surrogate pair', { other: '\ud83d' }, 'other: not well-formed Unicode'],
    ['XML', { datacontenttype: 'text/xml', data: '<x/>' }, 'datacontenttype: must be JSON, in UTF-8'],
    ['text', { data: 'text' }, 'data: must be an object'],
    ['both kinds of data', { data_base64: base64('{}') }, 'data_base64: must not be beside data'],
    ['what is not base64', { data: undefined, data_base64: '{}' }, 'data_base64: must be base64'],
    [
      'base64 of what is not JSON',
      { data: undefined, data_base64: base64('{') },
      'data_base64: Expected property name',
    ],
    [
      'base64 of another number',
      { data: undefined, data_base64: base64('{"a":[1e999]}') },
      'data.a.0: a number that cannot',
    ],
  ])('%s', async (_name, given, message) => {
    const { status, answer, event } = await structured({ ...cloudEvent, ...given });
    expect(status).toBe(422);
    const path = message.slice(0, message.indexOf(':'));
    expect(answer.results).toMatchObject([{ error: { path, message: expect.stringContaining(message) } }]);
    expect(event).toBeUndefined();
  });
});

test('__proto__ is no attribute', async () => {
  const { answer } = await structured(JSON.stringify(cloudEvent).replace('{', '{"__proto__":{"tenantid":"globex"},'));
  expect(answer.results).toMatchObject([{ id: 'evt_1', error: { path: '__proto__' } }]);
});

test.each([
  ['application/cloudevents+json', [cloudEvent]],
  ['application/cloudevents+json', 'null'],
  ['application/cloudevents-batch+json', cloudEvent],
  ['application/cloudevents-batch+json', []],
])('%s with another shape is refused', async (type, body) => {
  const { status, answer } = await publishedOf((post) => post(body, { 'content-type': type }));
  expect([status, answer]).toMatchObject([400, { code: 'invalid_body' }]);
});

test('one bad event of a batch sinks no other', async () => {
  const batch = [cloudEvent, { ...cloudEvent, id: 'evt_2', specversion: '2.0' }, 7, { ...cloudEvent, id: 'evt_3' }];
  const { answer } = await publishedOf((post) => post(batch, { 'content-type': 'application/cloudevents-batch+json' }));
  expect(answer).toMatchObject({
    accepted: 2,
    results: [
      { id: 'evt_1', status: 'accepted' },
      { id: 'evt_2', status: 'rejected', error: { path: 'specversion' } },
      { status: 'rejected', error: { message: 'must be an object' } },
      { id: 'evt_3', status: 'accepted' },
    ],
  });
});

test("the event's trace is the message's where the request has none", async () => {
  const other = traceparent.replace('4bf9', '0000');
  const attributesOf = async (headers: object) =>
    (await structured({ ...cloudEvent, traceparent }, headers)).attributes;
  expect(await attributesOf({})).toMatchObject({ googclient_traceparent: traceparent });
  expect(await attributesOf({ traceparent: other })).toMatchObject({ googclient_traceparent: other });
  const { attributes } = await structured({ ...cloudEvent, traceparent: 'no trace' });
  expect(attributes).not.toHaveProperty('googclient_traceparent');
});

describe('binary', () => {
  test.each([
    ['percent-encoded', 'Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['encoded once only', '%2541', '%41'],
    ['in double quotes', String.raw`"a \"b\" \\c"`, String.raw`a "b" \c`],
    ['encoded without need', '%63us', 'cus'],
  ])('a value that is %s', async (_name, value, subject) => {
    expect((await binary({ 'ce-subject': value })).event).toMatchObject({ subject });
  });

  test.each([
    ['an overlong encoding', { 'ce-subject': '%C0%A0' }, 'subject: must be percent-encoded UTF-8'],
    ['a percent sign alone', { 'ce-subject': '100%' }, 'subject: must be percent-encoded UTF-8'],
    ['what should have been encoded', { 'ce-subject': 'caf\u00e9' }, 'subject: must be percent-encoded UTF-8'],
    ['data in a header', { 'ce-data': '{}' }, 'data: must not be a header'],
    ['a content type in a header', { 'ce-datacontenttype': 'text/xml' }, 'datacontenttype: must not be a header'],
    ['a name with a dash', { 'ce-tenant-id': 'globex' }, 'tenant-id: not the name of an attribute'],
    ['another tenant', { 'ce-tenantid': 'globex' }, 'tenantid: not the tenant of this credential'],
    ['no subject', { 'ce-subject': '' }, 'subject: must not be empty'],
    ['another specversion', { 'ce-specversion': '0.3' }, 'specversion: must be "1.0"'],
  ])('%s is refused', async (_name, headers, message) => {
    const { status, answer } = await binary(headers);
    expect(status).toBe(422);
    expect(answer.results?.[0]?.error?.message).toContain(message);
  });

  test('no body is no data', async () => {
    expect((await binary({}, '')).event).toMatchObject({ data: {} });
  });

  test.each([
    ['a body that is not JSON', {}, '{', 400, 'malformed_json'],
    ['a body of another type', { 'content-type': 'text/xml' }, '<x/>', 415, 'unsupported_media_type'],
    ['lines', { 'content-type': 'application/x-ndjson' }, '{}', 415, 'unsupported_media_type'],
  ])('%s', async (_name, headers, body, status, code) => {
    const refused = await binary(headers, body);
    expect(refused).toMatchObject({ status, answer: { code } });
  });

  test('a CloudEvents media type goes before headers', async () => {
    expect(
      (await structured({ ...cloudEvent, id: 'body' }, { 'ce-id': 'header', 'ce-specversion': '1.0' })).event,
    ).toMatchObject({ id: 'body' });
  });
});
