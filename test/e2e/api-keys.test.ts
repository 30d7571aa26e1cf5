import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, describe, expect, test } from 'vitest';
import { readStack } from '#emulator/cloud/stack-file.ts';
import { ApiKeyList, CreatedApiKey, RotatedApiKey } from '#shared/auth/api-key-views.ts';
import { anEvent } from '#test/stack/event.ts';
import { apiOf } from '#test/stack/api.ts';
import { eventually } from '#test/stack/eventually.ts';
import { startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { sharedStack } from './shared-stack.ts';

const run = promisify(execFile);
const CLI = new URL('../../infra/tenant/cli.ts', import.meta.url).pathname;
const TOKEN = new URL('../../emulator/token.ts', import.meta.url).pathname;
/** Of a tenant, at a time. */
const MAX_API_KEYS = 100;
const CLI_TIMEOUT_MS = 120_000;

const stack = sharedStack();
const acmeAdmin = stack.tenants['acme']!.adminKey!;
const globexAdmin = stack.tenants['globex']!.adminKey!;
/** Every key that was seen. */
const secrets = [acmeAdmin, globexAdmin, stack.tenants['acme']!.apiKey, stack.tenants['globex']!.apiKey];
const firestore = new Firestore({ projectId: stack.project, host: stack.firestore, ssl: false });

afterAll(() => firestore.terminate());

async function call(key: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${stack.api}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

async function create(admin: string, wanted: object) {
  const made = CreatedApiKey.parse((await call(admin, 'POST', '/v1/api-keys', wanted)).json);
  secrets.push(made.key);
  return made;
}

const send = async (key: string): Promise<number> => (await call(key, 'POST', '/v1/events', anEvent())).status;
const list = async (admin: string) => ApiKeyList.parse((await call(admin, 'GET', '/v1/api-keys')).json).api_keys;

describe('/v1/api-keys', () => {
  test('a key with one scope and a project sends events, and does nothing else', async () => {
    const made = await create(acmeAdmin, { name: 'checkout', scopes: ['events:write'], project_id: 'web' });
    expect(await send(made.key)).toBe(202);
    expect((await call(made.key, 'POST', '/v1/user-properties', { subject: 's', properties: {} })).status).toBe(403);
    expect((await call(made.key, 'GET', '/v1/subjects/cus_1')).status).toBe(403);
    expect((await call(made.key, 'GET', '/v1/api-keys')).status).toBe(403);
    expect(await list(acmeAdmin)).toContainEqual(
      expect.objectContaining({ id: made.id, scopes: ['events:write'], project_id: 'web', managed_by: 'api' }),
    );
  });

  test('what the stack provisioned is listed, and no key is', async () => {
    const keys = await list(acmeAdmin);
    expect(
      keys
        .filter(({ managed_by }) => managed_by === 'stack')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['admin', 'default']);
    expect(JSON.stringify(keys)).not.toContain('hg_');
  });

  test('of a rotated key, old and new are good; then the old one is not', async () => {
    const made = await create(acmeAdmin, { name: 'rotated', scopes: ['events:write'] });
    const answer = await call(acmeAdmin, 'POST', `/v1/api-keys/${made.id}/rotate`, { overlap_seconds: 3 });
    expect(answer.status).toBe(201);
    const rotated = RotatedApiKey.parse(answer.json);
    secrets.push(rotated.key);
    expect(await Promise.all([send(made.key), send(rotated.key)])).toEqual([202, 202]);
    expect(
      await eventually(
        () => send(made.key),
        (status) => status !== 202,
        10_000,
      ),
    ).toBe(401);
    expect(await send(rotated.key)).toBe(202);
    expect((await list(acmeAdmin)).map(({ id }) => id)).not.toContain(made.id);
  });

  test('a deleted key that no instance has seen is refused at once', async () => {
    const made = await create(acmeAdmin, { name: 'deleted', scopes: ['events:write'] });
    expect((await call(acmeAdmin, 'DELETE', `/v1/api-keys/${made.id}`)).status).toBe(204);
    expect(await send(made.key)).toBe(401);
    expect((await call(acmeAdmin, 'DELETE', `/v1/api-keys/${made.id}`)).status).toBe(404);
  });

  test('an administrator whose key is deleted makes no other, though the key is still believed elsewhere', async () => {
    const admin = await create(acmeAdmin, { name: 'leaving', scopes: ['admin', 'events:write'] });
    expect((await list(admin.key)).length).toBeGreaterThan(0);
    expect((await call(acmeAdmin, 'DELETE', `/v1/api-keys/${admin.id}`)).status).toBe(204);
    const answers = await Promise.all([
      call(admin.key, 'POST', '/v1/api-keys', { name: 'back-door', scopes: ['events:write'] }),
      call(admin.key, 'GET', '/v1/api-keys'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect((await list(acmeAdmin)).map(({ name }) => name)).not.toContain('back-door');
  });

  test("another tenant's administrator cannot tell a key from none", async () => {
    const made = await create(acmeAdmin, { name: 'private', scopes: ['events:write'] });
    for (const [method, suffix] of [
      ['DELETE', ''],
      ['POST', '/rotate'],
    ] as const) {
      const theirs = await call(globexAdmin, method, `/v1/api-keys/${made.id}${suffix}`);
      const nobodys = await call(globexAdmin, method, `/v1/api-keys/000000000000${suffix}`);
      expect(theirs.status).toBe(404);
      expect(theirs).toEqual(nobodys);
    }
    expect(JSON.stringify(await list(globexAdmin))).not.toContain(made.id);
    expect(await send(made.key)).toBe(202);
  });

  test("a project's administrator keeps to the project", async () => {
    const admin = await create(acmeAdmin, { name: 'web-admin', scopes: ['admin', 'events:write'], project_id: 'web' });
    const other = await create(acmeAdmin, { name: 'shop', scopes: ['events:write'], project_id: 'shop' });
    const own = await create(admin.key, { name: 'web-own', scopes: ['events:write'] });
    expect(own.project_id).toBe('web');
    expect(new Set((await list(admin.key)).map(({ project_id }) => project_id))).toEqual(new Set(['web']));
    expect((await call(admin.key, 'DELETE', `/v1/api-keys/${other.id}`)).status).toBe(404);
    const elsewhere = { name: 'x', scopes: ['events:write'], project_id: 'shop' };
    expect((await call(admin.key, 'POST', '/v1/api-keys', elsewhere)).status).toBe(403);
    const beyond = { name: 'x', scopes: ['analytics:read'] };
    expect((await call(admin.key, 'POST', '/v1/api-keys', beyond)).status).toBe(403);
  });

  test.each([
    ['owner', 'admin events:write', [200, 201, 403]],
    ['admin', 'admin', [200, 403, 403]],
    ['developer', 'admin events:write', [403, 403, 403]],
    ['analyst', 'admin analytics:read', [403, 403, 403]],
  ])('a JWT of a member, %s, that claims %s', async (role, scope, statuses) => {
    const env = { ...process.env, HEADGATE_DIR: stack.directory };
    const { stdout } = await run(process.execPath, [TOKEN, 'acme', '--role', role, '--scope', scope], { env });
    const jwt = stdout.trim();
    const listed = await call(jwt, 'GET', '/v1/api-keys');
    const granted = await call(jwt, 'POST', '/v1/api-keys', { name: `of-${role}`, scopes: ['events:write'] });
    const beyond = await call(jwt, 'POST', '/v1/api-keys', { name: 'beyond', scopes: ['properties:write'] });
    expect([listed, granted, beyond].map(({ status }) => status)).toEqual(statuses);
    secrets.push(jwt);
    if (granted.status === 201) secrets.push(CreatedApiKey.parse(granted.json).key);
  });

  test('however many ask at once, a tenant has so many keys and not one more', async () => {
    const { length: before } = await list(globexAdmin);
    for (let count = before; count < MAX_API_KEYS - 2; count++) {
      await create(globexAdmin, { name: `key-${count}`, scopes: ['events:write'] });
    }
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        call(globexAdmin, 'POST', '/v1/api-keys', { name: 'last', scopes: ['events:write'] }),
      ),
    );
    secrets.push(...answers.flatMap(({ json }) => (typeof json['key'] === 'string' ? [json['key']] : [])));
    // Who lost the race too often is told to try again.
    for (const { status } of answers) expect([201, 409, 503]).toContain(status);
    await eventually(
      () => call(globexAdmin, 'POST', '/v1/api-keys', { name: 'last', scopes: ['events:write'] }),
      ({ status, json }) => status === 409 && json['code'] === 'too_many_api_keys',
      20_000,
    );
    expect(await list(globexAdmin)).toHaveLength(MAX_API_KEYS);
  });
});

describe('npm run tenant -- rotate-key', () => {
  const rotate = async (...options: string[]): Promise<{ key: string; name: string }> => {
    const env = { ...process.env, HEADGATE_DIR: stack.directory };
    const { stdout } = await run(process.execPath, [CLI, 'rotate-key', 'acme', '--local', ...options], { env });
    const [, key = '', name = ''] =
      /new API key {2}(\S+)\nits name {5}(\S+)\nold key {6}good until /.exec(stdout) ?? [];
    secrets.push(key);
    return { key, name };
  };
  const namesOf = async () =>
    (await list(acmeAdmin)).filter((key) => key.managed_by === 'stack').map(({ name }) => name);

  test(
    'old and new are good; the stack shows the new one; what has expired is dropped',
    async () => {
      const { apiKey: old } = stack.tenants['acme']!;
      const second = await rotate('--overlap', '1h');
      expect(second.name).toBe('default-2');
      expect(await Promise.all([send(old), send(second.key)])).toEqual([202, 202]);
      expect((await readStack(stack.directory)).tenants['acme']?.apiKey).toBe(second.key);

      const third = await rotate('--overlap', '1s');
      expect(await send(third.key)).toBe(202);
      // An instance that knew it believes it for half a minute (shared/auth/revocation.test.ts); this one knows nothing.
      const another = await startFunctionsInstance(stack, 'node');
      const there = apiOf({ ...stack, api: another.url, tenants: { acme: { apiKey: second.key } } }, 'acme');
      const { status: refused } = await eventually(
        () => there.post('/v1/events', anEvent()),
        ({ status }) => status !== 202,
        10_000,
      );
      await another.end();
      expect(refused).toBe(401);
      const fourth = await rotate();
      expect(fourth.name).toBe('default-4');
      expect((await namesOf()).sort()).toEqual(['admin', 'default', 'default-3', 'default-4']);
      expect(await Promise.all([send(old), send(third.key), send(fourth.key)])).toEqual([202, 202, 202]);
    },
    CLI_TIMEOUT_MS,
  );

  test('a key that the customer has ended does not come back when the stack is applied', async () => {
    const leaked = await rotate('--overlap', '1h');
    const { id } = (await list(acmeAdmin)).find(({ name }) => name === leaked.name)!;
    expect((await call(acmeAdmin, 'DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
    const replaced = await rotate('--overlap', '1h');
    const documents = await firestore.collection('apiKeys').where('name', '==', leaked.name).get();
    expect(documents.docs.map((document) => document.get('tenantId'))).toEqual(['acme']);
    expect(await send(leaked.key)).toBe(401);
    expect(await send(replaced.key)).toBe(202);
  });

  test('the key to administer with is rotated by its name', async () => {
    const { key, name } = await rotate('--key', 'admin');
    expect(name).toBe('admin-2');
    expect((await readStack(stack.directory)).tenants['acme']?.adminKey).toBe(key);
    expect((await list(key)).length).toBeGreaterThan(0);
    await expect(rotate('--key', 'nobody')).rejects.toThrow(/no key nobody/);
  });
});

test('no log line has a key; the trail has who used the scope, and who was denied', async () => {
  const log = await eventually(
    () => readFile(join(stack.directory, 'functions.log'), 'utf8'),
    (text) => text.includes('api_key.rotate') && text.includes('access_denied'),
    5_000,
  );
  expect(secrets.length).toBeGreaterThan(MAX_API_KEYS);
  expect(secrets.filter((key) => key === '' || log.includes(key.slice(-43)))).toEqual([]);
  for (const action of ['api_key.create', 'api_key.list', 'api_key.revoke']) expect(log).toContain(`"${action}"`);
});
