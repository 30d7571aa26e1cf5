import { expect, test } from 'vitest';
import type { AuditRecord } from '#shared/audit/audit-record.ts';
import { credentialIdOf, parseApiKey } from '#shared/auth/api-key.ts';
import { ApiKeyList, CreatedApiKey, RotatedApiKey } from '#shared/auth/api-key-views.ts';
import { createAuthenticator } from '#shared/auth/authenticator.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { ApiKeyStore } from './api-keys/api-key-store.ts';
import { createOperateApp } from './app.ts';
import { aKey, callerWith, createMemoryApiKeys, NOW_MS } from './fixtures.ts';

const admin = aKey('admin');
const writer = aKey('writer', { scopes: new Set(['events:write']) });
const globex = aKey('globex', { tenantId: TenantId.parse('globex') });
const suspended = aKey('suspended', { tenantId: TenantId.parse('suspended') });
const CREDENTIALS = { admin, writer, globex, suspended };

function start(overrides: { store?: ApiKeyStore } = {}) {
  const lines: string[] = [];
  const audited: AuditRecord[] = [];
  const stored = Object.values(CREDENTIALS);
  const app = createOperateApp({
    authenticate: createAuthenticator([
      async (token) => {
        const key = CREDENTIALS[token as keyof typeof CREDENTIALS];
        return (key as typeof key | undefined) && callerWith(key);
      },
    ]),
    tenants: {
      get: async (tenantId) =>
        TenantSettings.parse({ tenantId, status: tenantId === 'suspended' ? 'suspended' : 'active' }),
    },
    apiKeys: overrides.store ?? createMemoryApiKeys(stored),
    logger: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
    audit: (record) => audited.push(record),
    nowMs: () => NOW_MS,
  });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await app.request(path, {
      method,
      headers: { authorization: 'Bearer admin', 'content-type': 'application/json', ...headers },
      ...(body !== undefined && {
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) };
  };
  return { app, call, lines, audited };
}

const NEW = { name: 'checkout', scopes: ['events:write'] };
const writerId = credentialIdOf(writer.sha256);

test('a key is made, listed, rotated and deleted', async () => {
  const { call, lines, audited } = start();
  const created = await call('POST', '/v1/api-keys', { ...NEW, project_id: 'web' });
  expect(created.status).toBe(201);
  expect(created.headers.get('cache-control')).toBe('no-store');
  const made = CreatedApiKey.parse(created.json);
  expect(credentialIdOf(parseApiKey(made.key)!.sha256)).toBe(made.id);
  expect(made).toMatchObject({ ...NEW, project_id: 'web', expires_at: null, managed_by: 'api' });

  const listed = await call('GET', '/v1/api-keys');
  expect(ApiKeyList.parse(listed.json).api_keys.map(({ name }) => name)).toEqual(['checkout', 'admin', 'writer']);
  expect(JSON.stringify(listed.json)).not.toContain('hg_');

  const answer = await call('POST', `/v1/api-keys/${made.id}/rotate`, { overlap_seconds: 60 });
  expect(answer.status).toBe(201);
  const rotated = RotatedApiKey.parse(answer.json);
  expect(rotated.previous).toEqual({ id: made.id, expires_at: '2026-11-21T00:01:00.000Z' });
  expect(rotated.key).not.toBe(made.key);

  expect((await call('DELETE', `/v1/api-keys/${rotated.id}`)).status).toBe(204);
  expect((await call('DELETE', `/v1/api-keys/${rotated.id}`)).status).toBe(404);
  const left = ApiKeyList.parse((await call('GET', '/v1/api-keys')).json).api_keys;
  expect(left.map(({ name, expires_at }) => [name, expires_at])).toContainEqual([
    'checkout',
    '2026-11-21T00:01:00.000Z',
  ]);

  expect(
    audited.map((record) => record.event === 'admin_used' && [record.action, record.resource, record.outcome]),
  ).toEqual([
    ['api_key.create', `api-keys/${made.id}`, 'succeeded'],
    ['api_key.list', 'api-keys/', 'succeeded'],
    ['api_key.rotate', `api-keys/${made.id}`, 'succeeded'],
    ['api_key.revoke', `api-keys/${rotated.id}`, 'succeeded'],
    ['api_key.revoke', `api-keys/${rotated.id}`, 'not_found'],
    ['api_key.list', 'api-keys/', 'succeeded'],
  ]);
  const told = JSON.stringify([lines, audited]);
  for (const { key } of [made, rotated]) expect(told).not.toContain(key.slice(-43));
});

test('without a body, a key is rotated with a day to spare', async () => {
  const { call } = start();
  const { json } = await call('POST', `/v1/api-keys/${writerId}/rotate`, undefined, { 'content-type': '' });
  expect(RotatedApiKey.parse(json).previous.expires_at).toBe('2026-11-22T00:00:00.000Z');
});

test.each<[string, string, string, unknown, Record<string, string>, number, string]>([
  ['no credential', 'GET', '/v1/api-keys', undefined, { authorization: '' }, 401, 'missing_credentials'],
  ['an unknown one', 'GET', '/v1/api-keys', undefined, { authorization: 'Bearer x' }, 401, 'invalid_credentials'],
  ['no scope', 'GET', '/v1/api-keys', undefined, { authorization: 'Bearer writer' }, 403, 'insufficient_scope'],
  ['suspended', 'GET', '/v1/api-keys', undefined, { authorization: 'Bearer suspended' }, 403, 'tenant_suspended'],
  ['not JSON', 'POST', '/v1/api-keys', '{', {}, 400, 'malformed_json'],
  ['not UTF-8', 'POST', '/v1/api-keys', new Uint8Array([0x22, 0xff, 0x22]), {}, 400, 'malformed_json'],
  ['deep', 'POST', '/v1/api-keys', '['.repeat(16_000), {}, 400, 'malformed_json'],
  ['no body', 'POST', '/v1/api-keys', undefined, {}, 400, 'invalid_body'],
  ['no name', 'POST', '/v1/api-keys', { scopes: ['admin'] }, {}, 400, 'invalid_body'],
  ['an unknown field', 'POST', '/v1/api-keys', { ...NEW, tenant_id: 'globex' }, {}, 400, 'invalid_body'],
  ['an unknown scope', 'POST', '/v1/api-keys', { ...NEW, scopes: ['root'] }, {}, 400, 'invalid_body'],
  ['no scopes', 'POST', '/v1/api-keys', { ...NEW, scopes: [] }, {}, 400, 'invalid_body'],
  ['a bad time', 'POST', '/v1/api-keys', { ...NEW, expires_at: 'soon' }, {}, 400, 'invalid_body'],
  ['too long', 'POST', '/v1/api-keys', { ...NEW, name: 'x'.repeat(20_000) }, {}, 413, 'payload_too_large'],
  ['text', 'POST', '/v1/api-keys', NEW, { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  ['gzip', 'POST', '/v1/api-keys', NEW, { 'content-encoding': 'gzip' }, 415, 'unsupported_content_encoding'],
  ['a long overlap', 'POST', `/v1/api-keys/${writerId}/rotate`, { overlap_seconds: 1e9 }, {}, 400, 'invalid_body'],
  ['no such key', 'DELETE', '/v1/api-keys/000000000000', undefined, {}, 404, 'not_found'],
  ['no id', 'DELETE', '/v1/api-keys/%2e%2e', undefined, {}, 404, 'not_found'],
  ['no method', 'PUT', '/v1/api-keys', undefined, {}, 405, 'method_not_allowed'],
  ['no method of a key', 'GET', `/v1/api-keys/${writerId}`, undefined, {}, 405, 'method_not_allowed'],
  ['no path', 'GET', '/v1/api-keys/a/b', undefined, {}, 404, 'not_found'],
])('%s: %s %s', async (_, method, path, body, headers, status, code) => {
  const { call } = start();
  const answer = await call(method, path, body, headers);
  expect([answer.status, answer.json.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
});

test("another tenant's key is the same as none, to the letter", async () => {
  const { call, audited } = start();
  const asGlobex = { authorization: 'Bearer globex' };
  for (const [method, suffix] of [
    ['DELETE', ''],
    ['POST', '/rotate'],
  ] as const) {
    const theirs = await call(method, `/v1/api-keys/${writerId}${suffix}`, undefined, asGlobex);
    const nobodys = await call(method, `/v1/api-keys/000000000000${suffix}`, undefined, asGlobex);
    expect(theirs.status).toBe(404);
    expect(theirs.json).toEqual(nobodys.json);
  }
  const list = ApiKeyList.parse((await call('GET', '/v1/api-keys', undefined, asGlobex)).json);
  expect(list.api_keys.map(({ name }) => name)).toEqual(['globex']);
  expect(JSON.stringify(audited)).not.toContain('acme');
});

test('what Firestore cannot do is sent again, and leaves its record', async () => {
  const fails = async (): Promise<never> => {
    throw new Refusal('api_keys_unavailable', { cause: new Error('Firestore is down') });
  };
  const { call, audited } = start({ store: { read: fails, change: fails } });
  const answer = await call('POST', '/v1/api-keys', NEW);
  expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([
    503,
    'api_keys_unavailable',
    '1',
  ]);
  expect(JSON.stringify(answer.json)).not.toContain('Firestore');
  expect(audited).toMatchObject([{ action: 'api_key.create', outcome: 'api_keys_unavailable' }]);
});

test('a tenant that asks without end is told to wait; another is not', async () => {
  const release = Promise.withResolvers<readonly never[]>();
  const memory = createMemoryApiKeys([globex]);
  const store: ApiKeyStore = {
    ...memory,
    read: (tenantId, nowMs) => (tenantId === 'globex' ? memory.read(tenantId, nowMs) : release.promise),
  };
  const { call } = start({ store });
  const waiting = Array.from({ length: 8 }, () => call('GET', '/v1/api-keys'));
  expect((await call('GET', '/v1/api-keys')).json.code).toBe('too_many_in_flight');
  expect((await call('GET', '/v1/api-keys', undefined, { authorization: 'Bearer globex' })).status).toBe(200);
  release.resolve([]);
  await Promise.all(waiting);
  expect((await call('GET', '/v1/api-keys')).json.code).toBe('invalid_credentials');
});

test('bodies of one tenant that never end are so many at a time, and keep nobody else waiting', async () => {
  const { app, call } = start();
  const cutOff = new AbortController();
  const endless = async (): Promise<Response> => {
    const body = new ReadableStream({
      start: (stream) => cutOff.signal.addEventListener('abort', () => stream.error(new Error('cut off'))),
    });
    const headers = { authorization: 'Bearer admin', 'content-type': 'application/json' };
    return app.request('/v1/api-keys', { method: 'POST', headers, body, duplex: 'half' });
  };
  const held = Array.from({ length: 8 }, endless);
  expect((await endless()).status).toBe(429);
  expect((await call('GET', '/v1/api-keys', undefined, { authorization: 'Bearer globex' })).status).toBe(200);
  cutOff.abort();
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual(Array(8).fill(400));
});
