import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { acceptedIds, asAcme, expectRefusal, type Header, JSON_TYPE, postAsAcme, published } from './world.ts';

/** Topic and tenant of each message, and nothing that names another tenant within it. */
async function expectAcmesAlone(count: number): Promise<void> {
  const messages = await published();
  expect(messages.map(({ topic, attributes }) => [topic.split('.')[0], attributes['tenant_id']])).toEqual(
    Array.from({ length: count }, () => ['acme', 'acme']),
  );
  for (const { data } of messages) expect(JSON.parse(data)).toMatchObject({ tenant_id: 'acme' });
}

describe("another tenant's id within an event", () => {
  test.each<[string, unknown]>([
    ['as it is', 'globex'],
    ['in capitals', 'GLOBEX'],
    ['the own one with a space', 'acme '],
    ['the own one in capitals', 'ACME'],
    ['one that begins alike', 'acme-eu'],
    ['empty', ''],
    ['a list that holds the own one', ['acme']],
    ['an object that looks like text', { toString: 'acme', length: 4 }],
    ['null', null],
    ['a look-alike letter', 'аcme'],
  ])('%s: refused', async (_, tenantId) => {
    expectRefusal(await postAsAcme(anEvent({ tenant_id: tenantId })), 422, 'all_events_invalid');
    const properties = { subject: 'cus_1', properties: {}, tenant_id: tenantId };
    const answer = await asAcme({
      target: '/v1/user-properties',
      headers: [JSON_TYPE],
      body: JSON.stringify(properties),
    });
    expectRefusal(answer, 422, 'all_events_invalid');
  });

  test.each([
    ['the own one last', '"tenant_id":"globex","tenant_id":"acme"', true],
    ['the other one last', '"tenant_id":"acme","tenant_id":"globex"', false],
    ['spelt with an escape', String.raw`"tenant_id":"acme","tenant\u005fid":"globex"`, false],
  ])('twice, %s: one meaning, for us and for whoever reads it later', async (_, members, isAccepted) => {
    const body = JSON.stringify(anEvent()).replace('{', `{${members},`);
    const response = await postAsAcme(body);
    if (!isAccepted) return expectRefusal(response, 422, 'all_events_invalid');
    expect(acceptedIds(response)).toHaveLength(1);
    const [message] = await published();
    expect(message).toMatchObject({ topic: 'acme.events', attributes: { tenant_id: 'acme' } });
    expect(message?.data.match(/tenant_id/g)).toHaveLength(1);
    expect(message?.data).not.toContain('globex');
  });

  test.each([
    ['tenantId', { tenantId: 'globex' }],
    ['tenant', { tenant: 'globex' }],
    ['Tenant_id', { Tenant_id: 'globex' }],
    ['topic', { topic: 'globex.events' }],
    ['orderingKey', { orderingKey: 'globex' }],
    ['attributes', { attributes: { tenant_id: 'globex' } }],
    ['__proto__', JSON.parse('{"__proto__":{"tenant_id":"globex"}}') as object],
  ])('under another name, %s: refused', async (_, members) => {
    const body = JSON.stringify(anEvent()).replace('{', `{${JSON.stringify(members).slice(1, -1)},`);
    expectRefusal(await postAsAcme(body), 422, 'all_events_invalid');
  });

  test('in the company of good ones: they are accepted, it is not', async () => {
    const response = await postAsAcme([anEvent({ id: 'good' }), anEvent({ id: 'bad', tenant_id: 'globex' })]);
    expect(acceptedIds(response)).toEqual(['good']);
    await expectAcmesAlone(1);
  });

  test('beside the list of events: refused', async () => {
    expectRefusal(await postAsAcme({ events: [anEvent()], tenant_id: 'globex' }), 400, 'invalid_body');
  });

  test('in data and metadata: the own business of the sender', async () => {
    const event = anEvent({
      data: { tenant_id: 'globex' },
      metadata: { tenant_id: 'globex', source: 'projects/x/topics/globex.events' },
    });
    expect(acceptedIds(await postAsAcme(event))).toHaveLength(1);
    await expectAcmesAlone(1);
  });
});

describe("another tenant's id around an event changes nothing", () => {
  test.each<[string, readonly Header[]]>([
    ['X-Tenant-Id', [['x-tenant-id', 'globex']]],
    [
      'tenant_id and Tenant',
      [
        ['tenant_id', 'globex'],
        ['tenant', 'globex'],
      ],
    ],
    [
      'X-Forwarded-Host',
      [
        ['x-forwarded-host', 'globex.headgate.test'],
        ['x-forwarded-for', '127.0.0.1'],
      ],
    ],
    [
      'X-Forwarded-User',
      [
        ['x-forwarded-user', 'globex'],
        ['x-authenticated-userid', 'globex'],
      ],
    ],
    ['X-Goog-Authenticated-User', [['x-goog-authenticated-user-email', 'accounts.google.com:root@globex.test']]],
    [
      'X-Original-URL',
      [
        ['x-original-url', '/push'],
        ['x-rewrite-url', '/push'],
      ],
    ],
    ['X-HTTP-Method-Override', [['x-http-method-override', 'DELETE']]],
    ['Forwarded', [['forwarded', 'for=127.0.0.1;host=globex.headgate.test;proto=https']]],
    ['Host', [['host', 'globex.headgate.test']]],
    [
      'tracestate and baggage',
      [
        ['tracestate', 'tenant_id=globex'],
        ['baggage', 'tenant_id=globex'],
      ],
    ],
    [
      'a CloudEvents extension on what is no CloudEvent',
      [
        ['ce-tenantid', 'globex'],
        ['ce-tenant_id', 'globex'],
      ],
    ],
  ])('%s', async (_, headers) => {
    expect(acceptedIds(await postAsAcme(anEvent(), headers))).toHaveLength(1);
    await expectAcmesAlone(1);
  });

  test.each([
    ['the query', '/v1/events?tenant_id=globex&tenant=globex&topic=globex.events'],
    ['a matrix parameter of the query', '/v1/events?;tenant_id=globex'],
    ['the authority', 'http://globex.headgate.test/v1/events'],
  ])('%s', async (_, target) => {
    const response = await asAcme({ target, headers: [JSON_TYPE], body: JSON.stringify(anEvent()) });
    expect(acceptedIds(response)).toHaveLength(1);
    await expectAcmesAlone(1);
  });

  test.each([
    '/v1/globex/events',
    '/v1/tenants/globex/events',
    '/globex/v1/events',
    '/v1/events/globex',
    '/v1/events;tenant_id=globex',
    '/v1/events/',
    '/v1/events%2f..%2f..%2fglobex',
    '/V1/EVENTS',
    '/v1//events',
  ])('%s is not a path', async (target) => {
    const response = await asAcme({ target, headers: [JSON_TYPE], body: JSON.stringify(anEvent()) });
    expectRefusal(response, 404, 'not_found');
  });
});
