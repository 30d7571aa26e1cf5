import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchKeySet } from '#shared/auth/jwt/fetch-key-set.ts';
import { AUDIENCE, verifyClaims } from '#shared/auth/jwt/verify-claims.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import { readTenantIssuer, type TokenGrant } from './tenant-issuer.ts';
import { startTenantIssuers, type TenantIssuers } from './tenant-issuers.ts';

const ACME = TenantId.parse('acme');
const GLOBEX = TenantId.parse('globex');
const NOW_MS = Date.parse('2026-11-20T10:30:00Z');
const grant = {
  tenantId: ACME,
  role: 'developer',
  scope: 'events:write',
  projectId: undefined,
  nowMs: NOW_MS,
  expiresInMs: 60_000,
} satisfies TokenGrant;

let directory: string;
let issuers: TenantIssuers;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'issuers-'));
  issuers = await startTenantIssuers(directory);
});
afterEach(async () => {
  await issuers.close();
  await rm(directory, { recursive: true });
});

test('what a tenant is told of its issuer are settings, with a member of each role', async () => {
  const settings = TenantSettings.parse({ tenantId: 'acme', ...(await issuers.settingsFor(ACME)) });
  expect(settings.members.map(({ role }) => role)).toEqual(['owner', 'admin', 'developer', 'analyst']);
  expect(await issuers.settingsFor(ACME)).toEqual(await issuers.settingsFor(ACME));
});

test('a token that is asked for elsewhere is verified with what the address serves', async () => {
  const [settings] = (await issuers.settingsFor(ACME)).issuers;
  const token = await (await readTenantIssuer(directory, ACME)).sign(grant);
  const { alg = '', kid = '' } = decodeProtectedHeader(token);
  const key = await (await fetchKeySet(settings!.jwksUri)).find({ alg, kid });
  expect(await verifyClaims(token, key!, { issuer: settings!.issuer, audience: AUDIENCE }, NOW_MS)).toMatchObject({
    subject: 'developer@acme.example',
    claims: { tenant_id: 'acme', scope: 'events:write' },
    expiresAtMs: NOW_MS + 60_000,
  });
});

test('each tenant has a key of its own, and the private half is nowhere but in a file of its owner', async () => {
  const served = await Promise.all(
    [ACME, GLOBEX].map(async (tenantId) => {
      const [settings] = (await issuers.settingsFor(tenantId)).issuers;
      return (await (await fetch(settings!.jwksUri)).json()) as { keys: { x: string; d?: string }[] };
    }),
  );
  const [acme, globex] = served.map(({ keys }) => keys[0]!);
  expect(acme!.x).not.toBe(globex!.x);
  expect([acme!.d, globex!.d]).toEqual([undefined, undefined]);
  expect((await stat(join(directory, 'issuers', 'acme.json'))).mode & 0o077).toBe(0);
});

test('a stack that has ended leaves no key', async () => {
  await issuers.settingsFor(ACME);
  await issuers.close();
  expect(await readdir(directory)).toEqual([]);
  await expect(readTenantIssuer(directory, ACME)).rejects.toThrow('npm start');
  issuers = await startTenantIssuers(directory);
});

test('what a stack that was killed has left is of no use', async () => {
  await issuers.settingsFor(ACME);
  const next = await startTenantIssuers(directory);
  await expect(readTenantIssuer(directory, ACME)).rejects.toThrow('npm start');
  await next.close();
});
