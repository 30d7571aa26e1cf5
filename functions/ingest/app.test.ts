import { expect, test } from 'vitest';
import type { PublishOutcome } from '#shared/publishing/outcome.ts';
import { EVENT as event, RECEIVED_AT, setUp } from './fixtures.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('one event is published to its tenant, with what was asked for beside it', async () => {
  const { post, published, lastLine, lines, apiKey } = setUp();
  const response = await post(event, { traceparent });
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ accepted: 1, rejected: 0, results: [{ id: 'evt_1', status: 'accepted' }] });
  expect(published.map(({ topic }) => topic)).toEqual(['acme.events']);
  const [message] = published[0]!.messages;
  expect(JSON.parse(message!.data.toString())).toEqual({
    ...event,
    version: '1.0',
    tenant_id: 'acme',
    received_at: RECEIVED_AT,
  });
  expect(message!.attributes).toMatchObject({ event_id: 'evt_1', googclient_traceparent: traceparent });
  expect(lastLine()).toMatchObject({
    severity: 'INFO',
    route: 'POST /v1/events',
    status: 202,
    tenant_id: 'acme',
    accepted: 1,
    rejected: 0,
  });
  expect(lines.join()).not.toContain(apiKey);
});

test.each([
  ['one', { ...event }],
  ['an array', [event]],
  ['a list by name', { events: [event] }],
])('%s is taken', async (_name, body) => {
  const { post } = setUp();
  expect(await (await post(body)).json()).toMatchObject({ accepted: 1 });
});

test('one bad event sinks no other, and every answer is in its place', async () => {
  const { post, published } = setUp();
  const response = await post([event, { ...event, id: 'evt_2', timestamp: 'now' }, { ...event, id: 'evt_3' }]);
  expect(response.status).toBe(202);
  const error = { code: 'invalid_event', message: 'timestamp: not an RFC 3339 date-time', path: 'timestamp' };
  expect(await response.json()).toEqual({
    accepted: 2,
    rejected: 1,
    results: [
      { id: 'evt_1', status: 'accepted' },
      { id: 'evt_2', status: 'rejected', error },
      { id: 'evt_3', status: 'accepted' },
    ],
  });
  expect(published[0]!.messages.map(({ attributes }) => attributes['event_id'])).toEqual(['evt_1', 'evt_3']);
});

test.each([
  ['/v1/events', 'data', '12345678901234567890'],
  ['/v1/events', 'metadata', '1e400'],
  ['/v1/user-properties', 'properties', '9007199254740993'],
])('%s: a number in %s that would be stored as another is refused by its path', async (path, field, number) => {
  const { post, published } = setUp();
  const item = path === '/v1/events' ? event : { id: 'upr_1', subject: 'cus_1', properties: {} };
  const good = JSON.stringify({ ...item, [field]: { x: 0.1 } });
  const bad = JSON.stringify({ ...item, [field]: { x: [{ n: '@' }] } }).replace('"@"', number);
  const response = await post(`[${good},${bad}]`, {}, path);
  const message = `${field}.x.0.n: a number that cannot be represented exactly; send it as a string`;
  expect(await response.json()).toMatchObject({
    accepted: 1,
    results: [
      { status: 'accepted' },
      { id: item.id, status: 'rejected', error: { code: 'invalid_event', message, path: `${field}.x.0.n` } },
    ],
  });
  expect(published[0]!.messages).toHaveLength(1);
});

test('an event of another tenant is rejected, and published nowhere', async () => {
  const { post, published } = setUp();
  const response = await post({ ...event, tenant_id: 'globex' });
  expect(response.status).toBe(422);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    code: 'all_events_invalid',
    accepted: 0,
    rejected: 1,
    results: [{ id: 'evt_1', status: 'rejected', error: { code: 'tenant_mismatch', path: 'tenant_id' } }],
  });
  expect(published).toEqual([]);
});

test('an id is made where there is none, and returned', async () => {
  const { post, published } = setUp();
  const { id: _id, ...withoutId } = event;
  const { results } = (await (await post(withoutId)).json()) as { results: { id: string }[] };
  expect(results[0]!.id).toMatch(/^evt_/);
  expect(published[0]!.messages[0]!.attributes['event_id']).toBe(results[0]!.id);
});

test('a strict tenant sends what is in the catalogue', async () => {
  const { post } = setUp({ settings: { mode: 'strict' } });
  expect(await (await post(event)).json()).toMatchObject({ results: [{ error: { code: 'unknown_type' } }] });
});

test('the subject is the ordering key where the tenant asks for it', async () => {
  const { post, published } = setUp({ settings: { ordering: true } });
  await post(event);
  expect(published[0]!.messages[0]!.orderingKey).toBe('cus_1');
});

test('user properties go to their own topic', async () => {
  const { post, published } = setUp();
  const change = { id: 'upr_1', subject: 'cus_1', properties: { plan: 'premium' } };
  for (const body of [change, [change], { user_properties: [change] }]) {
    const response = await post(body, {}, '/v1/user-properties');
    expect(await response.json()).toEqual({ accepted: 1, rejected: 0, results: [{ id: 'upr_1', status: 'accepted' }] });
  }
  expect(published.map(({ topic }) => topic)).toEqual(Array.from({ length: 3 }, () => 'acme.user-properties'));
});

const unavailable: PublishOutcome = { status: 'retry', reason: 'unavailable' };
const late: PublishOutcome = { status: 'retry', reason: 'deadline_exceeded' };

test.each([
  ['Pub/Sub is down', [unavailable, unavailable], 503, 'publish_unavailable'],
  ['Pub/Sub is slow', [late, late], 504, 'deadline_exceeded'],
  ['both', [late, unavailable], 503, 'publish_unavailable'],
] as const)(
  '%s: nothing is called accepted, and the caller told to come back',
  async (_name, outcomes, status, code) => {
    const { post, lastLine } = setUp({
      outcomeOf: ({ attributes }) => outcomes[attributes['event_id'] === 'a' ? 0 : 1],
    });
    const response = await post([{ ...event, id: 'a' }, { ...event, id: 'b' }, { id: 'c' }]);
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({
      code,
      accepted: 0,
      rejected: 1,
      retry: 2,
      results: [
        { id: 'a', status: 'retry' },
        { id: 'b', status: 'retry' },
        { id: 'c', status: 'rejected' },
      ],
    });
    expect(lastLine()).toMatchObject({ severity: 'ERROR', code, retry: 2 });
  },
);

test('where Pub/Sub took some, each event is told apart', async () => {
  const outcomes: Record<string, PublishOutcome> = { b: unavailable, c: { status: 'refused', reason: 'too large' } };
  const { post } = setUp({
    outcomeOf: ({ attributes }) => outcomes[attributes['event_id']!] ?? { status: 'accepted' },
  });
  const response = await post(['a', 'b', 'c'].map((id) => ({ ...event, id })));
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({
    accepted: 1,
    rejected: 1,
    retry: 1,
    results: [
      { id: 'a', status: 'accepted' },
      { id: 'b', status: 'retry', error: { code: 'publish_unavailable' } },
      { id: 'c', status: 'rejected', error: { code: 'publish_refused', message: 'too large' } },
    ],
  });
});

test('an id is one event within its project, and another in another', async () => {
  const { post, published } = setUp();
  const sent = [{}, { project_id: 'web' }, { project_id: 'billing' }, { project_id: 'web' }].map((project) => ({
    ...event,
    ...project,
  }));
  const { results } = (await (await post(sent)).json()) as { results: { status: string }[] };
  expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted', 'duplicate']);
  expect(published[0]?.messages.map(({ attributes }) => attributes['project_id'])).toEqual([
    undefined,
    'web',
    'billing',
  ]);
});

test('an id that comes twice in a request is published once, and answered as its first is', async () => {
  const ids = ['a', 'b', 'a', 'c', 'b', 'a'];
  const { post, published } = setUp({
    outcomeOf: ({ attributes }) => (attributes['event_id'] === 'b' ? unavailable : { status: 'accepted' }),
  });
  const response = await post([...ids.map((id) => ({ ...event, id })), { ...event, id: 'a', timestamp: 'now' }]);
  const { results, ...tally } = (await response.json()) as { results: { id: string; status: string }[] };
  expect(tally).toEqual({ accepted: 4, rejected: 1, retry: 2 });
  expect(results.map(({ id, status }) => [id, status])).toEqual([
    ['a', 'accepted'],
    ['b', 'retry'],
    ['a', 'duplicate'],
    ['c', 'accepted'],
    ['b', 'retry'],
    ['a', 'duplicate'],
    ['a', 'rejected'],
  ]);
  expect(published[0]!.messages.map(({ attributes }) => attributes['event_id'])).toEqual(['a', 'b', 'c']);
});

test.each<[string, unknown, Record<string, string>, number, string]>([
  ['malformed JSON', '{"type":', {}, 400, 'malformed_json'],
  ['an empty body', '', {}, 400, 'malformed_json'],
  ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 400, 'malformed_json'],
  ['a string', '"x"', {}, 400, 'invalid_body'],
  ['null', 'null', {}, 400, 'invalid_body'],
  ['no events', '[]', {}, 400, 'invalid_body'],
  ['a list that is none', { events: {} }, {}, 400, 'invalid_body'],
  ['a field beside the list', { events: [event], tenant: 'x' }, {}, 400, 'invalid_body'],
  ['no credentials', event, { authorization: '' }, 401, 'missing_credentials'],
  ['an unknown key', event, { authorization: `Bearer hg_acme_${'x'.repeat(43)}` }, 401, 'invalid_credentials'],
  ['too many events', Array.from({ length: 2_501 }, () => 1), {}, 413, 'too_many_events'],
  ['a body that declares too much', event, { 'content-length': '10000001' }, 413, 'payload_too_large'],
  ['a body that is too much', JSON.stringify('x'.repeat(10_000_000)), {}, 413, 'payload_too_large'],
  ['a form', event, { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
  ['another charset', event, { 'content-type': 'application/json; charset=latin1' }, 415, 'unsupported_media_type'],
  ['an encoding', event, { 'content-encoding': 'compress' }, 415, 'unsupported_content_encoding'],
])('%s is refused', async (_name, body, headers, status, code) => {
  const { post, published, lines, lastLine, audited } = setUp();
  const response = await post(body, headers);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ code, status });
  expect(published).toEqual([]);
  // What is on record needs no second line.
  if (status === 401) expect(lines).toEqual([]);
  else expect(lastLine()).toMatchObject({ status, code });
  const denial = { event: 'access_denied', route: 'POST /v1/events', code, status };
  expect(audited).toMatchObject(status === 401 ? [denial] : []);
});

test.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
  '%s is JSON',
  async (contentType) => {
    const { post } = setUp();
    expect((await post(event, { 'content-type': contentType })).status).toBe(202);
  },
);

test('2,500 events and 10 MB are not too much', async () => {
  const { post } = setUp();
  const data = { padding: 'x'.repeat(3_700) };
  const response = await post(Array.from({ length: 2_500 }, (_, index) => ({ ...event, id: `evt_${index}`, data })));
  expect(await response.json()).toMatchObject({ accepted: 2_500, rejected: 0 });
});

test('an event of more than 1 MB is rejected, and the others are not', async () => {
  const { post } = setUp();
  const response = await post([
    { ...event, data: { padding: 'x'.repeat(1_000_000) } },
    { ...event, id: 'evt_2' },
  ]);
  expect(await response.json()).toMatchObject({
    accepted: 1,
    results: [{ id: 'evt_1', status: 'rejected', error: { code: 'event_too_large' } }, { status: 'accepted' }],
  });
});

test('a suspended tenant, a missing scope, and settings that cannot be read', async () => {
  const suspended = await setUp({ settings: { status: 'suspended' } }).post(event);
  expect([suspended.status, await suspended.json()]).toMatchObject([403, { code: 'tenant_suspended' }]);
  const unscoped = await setUp({ scopes: ['properties:write'] }).post(event);
  expect([unscoped.status, await unscoped.json()]).toMatchObject([403, { code: 'insufficient_scope' }]);
  const unchecked = await setUp({ firestoreIsDown: true }).post(event);
  expect([unchecked.status, await unchecked.json()]).toMatchObject([503, { code: 'settings_unavailable' }]);
});

test.each([
  ['a suspended tenant', { settings: { status: 'suspended' } }, 'tenant_suspended'],
  ['a missing scope', { scopes: ['properties:write'] }, 'missing_scope'],
] as const)('%s is recorded once, with who it was', async (_name, given, reason) => {
  const { post, audited } = setUp(given);
  await post(event);
  const actor = { tenantId: 'acme', credentialKind: 'api_key', credentialId: expect.stringMatching(/^[0-9a-f]{12}$/) };
  expect(audited).toMatchObject([{ event: 'access_denied', route: 'POST /v1/events', status: 403, reason, ...actor }]);
});

test('a key named __proto__ reaches no prototype', async () => {
  const { post } = setUp();
  const response = await post('{"__proto__":{"events":[{}]},"events":[{"__proto__":{"id":"x"}}]}');
  expect(response.status).toBe(400);
  expect(await (await post('[{"__proto__":{"id":"x"}}]')).json()).toMatchObject({ rejected: 1 });
});

test.each([
  ['GET', '/v1/events', 405, 'POST'],
  ['PUT', '/v1/user-properties', 405, 'POST'],
  ['POST', '/openapi.json', 405, 'GET, HEAD'],
  ['GET', '/v1/nothing', 404, null],
])('%s %s: %i', async (method, path, status, allow) => {
  const response = await setUp().app.request(path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get('allow')).toBe(allow);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});

test('a path that there is not is neither written nor repeated: it may name a subject', async () => {
  const { app, lines } = setUp();
  const response = await app.request('/v1/subject/ann@example.com');
  expect(response.status).toBe(404);
  expect((await response.text()) + lines.join()).not.toContain('ann@');
});
