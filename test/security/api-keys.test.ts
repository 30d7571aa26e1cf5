import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anEvent } from '#test/stack/event.ts';
import { type Header, send } from '#test/wire/request.ts';
import { headerOf, type WireResponse } from '#test/wire/response-reader.ts';
import { tokenOf } from './tokens.ts';
import { VICTIMS } from './tenants.ts';
import {
  acceptedIds,
  api,
  bearer,
  expectRefusal,
  JSON_TYPE,
  keyOf,
  postWith,
  published,
  tellingPartsOf,
  world,
} from './world.ts';

const { acme, globex } = world.issuers;
const admin = (): string => tokenOf(acme, { sub: 'ann-the-admin', scope: 'admin events:write analytics:read' });
const call = (
  token: string,
  method: string,
  path = '',
  body?: unknown,
  more: readonly Header[] = [],
): Promise<WireResponse> =>
  send(api, {
    method,
    target: `/v1/api-keys${path}`,
    headers: [bearer(token), ...(body === undefined ? [] : [JSON_TYPE]), ...more],
    body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
  });

const idOf = (apiKey: string): string => hash('sha256', apiKey).slice(0, 12);
const globexId = idOf(keyOf('globex'));
const nobodysId = idOf('hg_nobody');
const List = z.object({ api_keys: z.array(z.looseObject({ id: z.string(), name: z.string() })) });
const Made = z.looseObject({ id: z.string(), key: z.string() });

test('the control: an administrator makes a key, and ends it', async () => {
  const response = await call(admin(), 'POST', '', { name: 'made', scopes: ['events:write'] });
  expect([response.status, headerOf(response, 'cache-control')]).toEqual([201, 'no-store']);
  const { id, key } = Made.parse(JSON.parse(response.body));
  expect(acceptedIds(await postWith(key, anEvent()))).toHaveLength(1);
  expect((await published()).map(({ topic }) => topic)).toEqual(['acme.events']);
  expect((await call(admin(), 'DELETE', `/${id}`)).status).toBe(204);
});

describe('who may not', () => {
  test.each<[string, string, number, string]>([
    ['an API key without the scope', keyOf('acme'), 403, 'insufficient_scope'],
    ['a made-up key', `hg_acme_${'B'.repeat(43)}`, 401, 'invalid_credentials'],
    ['a developer who asks for admin', tokenOf(acme, { scope: 'admin' }), 403, 'insufficient_scope'],
    ['a stranger who asks for admin', tokenOf(acme, { sub: 'mallory', scope: 'admin' }), 403, 'insufficient_scope'],
    [
      'an administrator who did not',
      tokenOf(acme, { sub: 'ann-the-admin', scope: 'events:write' }),
      403,
      'insufficient_scope',
    ],
    ["another tenant's issuer", tokenOf(globex, { sub: 'ann-the-admin', scope: 'admin' }), 401, 'invalid_credentials'],
    ['a suspended tenant', keyOf('tyrell'), 403, 'insufficient_scope'],
  ])('%s', async (_, token, status, code) => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['POST', '', { name: 'mine', scopes: ['admin'] }],
      ['POST', `/${idOf(keyOf('acme'))}/rotate`, {}],
      ['DELETE', `/${idOf(keyOf('acme'))}`, undefined],
      ['DELETE', `/${globexId}`, undefined],
    ] as const) {
      expectRefusal(await call(token, method, path, body), status, code);
    }
    expect(acceptedIds(await postWith(keyOf('acme'), anEvent()))).toHaveLength(1);
    expect(await published()).toHaveLength(1);
  });
});

describe("another tenant's keys", () => {
  test('are not listed', async () => {
    const { api_keys: keys } = List.parse(JSON.parse((await call(admin(), 'GET')).body));
    expect(keys.map(({ id }) => id)).toContain(idOf(keyOf('acme')));
    expect(keys.map(({ id }) => id)).not.toContain(globexId);
  });

  test.each([
    ['ended', 'DELETE', '', undefined],
    ['rotated', 'POST', '/rotate', { overlap_seconds: 0 }],
  ])('cannot be %s, and are not told from keys that do not exist', async (_, method, more, body) => {
    const foreign = await call(admin(), method, `/${globexId}${more}`, body);
    const none = await call(admin(), method, `/${nobodysId}${more}`, body);
    expectRefusal(foreign, 404, 'not_found');
    expect(tellingPartsOf(foreign)).toEqual(tellingPartsOf(none));
    expect(acceptedIds(await postWith(keyOf('globex'), anEvent()))).toHaveLength(1);
    expect((await published()).map(({ topic }) => topic)).toEqual(['globex.events']);
  });

  test.each([
    ['the whole digest', hash('sha256', keyOf('globex'))],
    ['the digest in capitals', globexId.toUpperCase()],
    ['a path', `..%2f..%2fapiKeys%2f${hash('sha256', keyOf('globex'))}`],
    ['a tenant and the digest', `globex%2f${globexId}`],
    ['a NUL', '%00'],
    ['a prototype', '__proto__'],
    ['no UTF-8', '%ff'],
    ['ten thousand characters', 'a'.repeat(10_000)],
  ])('%s is the id of none', async (_, id) => {
    expectRefusal(await call(admin(), 'DELETE', `/${id}`), 404, 'not_found');
  });

  test('by its id in a header or the query: no word', async () => {
    const foreign = VICTIMS.map((victim) =>
      call(admin(), 'GET', `?tenant_id=${victim}`, undefined, [['x-tenant-id', victim]]),
    );
    const bodies = new Set((await Promise.all(foreign)).map(({ body }) => body));
    expect(bodies).toEqual(new Set([(await call(admin(), 'GET')).body]));
  });
});

describe('what a key cannot be given', () => {
  const wanted = { name: 'more', scopes: ['events:write'] };
  test.each<[string, unknown, number, string]>([
    ['another tenant', { ...wanted, tenant_id: 'globex' }, 400, 'invalid_body'],
    ['another tenant, in camel case', { ...wanted, tenantId: 'globex' }, 400, 'invalid_body'],
    ['a prototype', '{"__proto__":{"tenantId":"globex"},"name":"more","scopes":["events:write"]}', 400, 'invalid_body'],
    ['a key of its own choice', { ...wanted, key: `hg_acme_${'C'.repeat(43)}` }, 400, 'invalid_body'],
    ['a digest', { ...wanted, sha256: hash('sha256', keyOf('globex')) }, 400, 'invalid_body'],
    ['a scope that the caller lacks', { ...wanted, scopes: ['properties:write'] }, 403, 'insufficient_scope'],
    ['a scope that there is not', { ...wanted, scopes: ['root'] }, 400, 'invalid_body'],
    ['all scopes', { ...wanted, scopes: '*' }, 400, 'invalid_body'],
    ['none', { ...wanted, scopes: [] }, 400, 'invalid_body'],
    ['a name that is markup', { ...wanted, name: '<script>' }, 400, 'invalid_body'],
    ['a name with a line break', { ...wanted, name: 'a\nb' }, 400, 'invalid_body'],
    ['a name of a megabyte', { ...wanted, name: 'a'.repeat(1_000_000) }, 413, 'payload_too_large'],
    ['a project that is a path', { ...wanted, project_id: '../globex' }, 400, 'invalid_body'],
    ['an end in the past', { ...wanted, expires_at: '2001-01-01T00:00:00Z' }, 400, 'invalid_body'],
    [
      'an end that is no time',
      { ...wanted, expires_at: `2030-01-01T00:00:00.${'0'.repeat(10_000)}x` },
      400,
      'invalid_body',
    ],
    ['no JSON', '{', 400, 'malformed_json'],
    ['16,000 levels', '['.repeat(16_000), 400, 'malformed_json'],
    ['a list', [wanted], 400, 'invalid_body'],
  ])('%s', async (_, body, status, code) => {
    expectRefusal(await call(admin(), 'POST', '', body), status, code);
  });
});
