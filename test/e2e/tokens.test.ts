import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { sharedStack } from './shared-stack.ts';

const WITHIN_MS = 15_000;
const ENTRY = new URL('../../emulator/token.ts', import.meta.url).pathname;

const stack = sharedStack();

/** What `npm run -s token` prints for the running stack. */
async function tokenFor(...args: string[]): Promise<string> {
  const env = { ...process.env, HEADGATE_DIR: stack.directory };
  const { stdout } = await promisify(execFile)(process.execPath, [ENTRY, ...args], { env });
  return stdout.trim();
}

/** The API of acme, called with another credential than its key. */
async function apiWith(token: string) {
  return apiOf({ ...stack, tenants: { acme: { apiKey: token } } }, 'acme');
}

test("a developer's token sends events and reads subjects", async () => {
  const api = await apiWith(await tokenFor('acme', '--role', 'developer', '--project', 'web'));
  const subject = `cus_${randomUUID()}`;
  expect(await api.post('/v1/events', anEvent({ subject }))).toMatchObject({ status: 202, body: { accepted: 1 } });
  const read = await eventually(
    () => api.get(`/v1/subjects/${subject}`),
    ({ status }) => status === 200,
    WITHIN_MS,
  );
  expect(read.body).toMatchObject({ subject });
});

test("an analyst's token reads, and sends nothing whatever it claims", async () => {
  const api = await apiWith(
    await tokenFor('acme', '--role', 'analyst', '--scope', 'events:write analytics:read admin'),
  );
  expect(await api.post('/v1/events', anEvent())).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  expect((await api.get('/v1/subjects/nobody')).status).toBe(404);
});

test('a scope that is not claimed is not granted', async () => {
  const api = await apiWith(await tokenFor('acme', '--role', 'owner', '--scope', 'properties:write'));
  expect((await api.post('/v1/events', anEvent())).status).toBe(403);
});

test('each denial is in the audit trail', async () => {
  const subject = 'analyst@acme.example';
  const api = await apiWith(await tokenFor('acme', '--role', 'analyst'));
  expect((await api.post('/v1/events', anEvent())).status).toBe(403);
  const denials = await eventually(
    async () =>
      (await readFile(join(stack.directory, 'functions.log'), 'utf8'))
        .split('\n')
        .filter((line) => line.includes('"record":"audit"')),
    (lines) => lines.length > 0,
    WITHIN_MS,
  );
  expect(denials.map((line) => JSON.parse(line) as unknown)).toContainEqual(
    expect.objectContaining({
      event: 'access_denied',
      tenant_id: 'acme',
      principal: subject,
      route: 'POST /v1/events',
      status: 403,
      reason: 'missing_scope',
    }),
  );
});
