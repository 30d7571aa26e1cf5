import { expect, test } from 'vitest';
import { credentialIdOf } from '#shared/auth/api-key.ts';
import type { CreateApiKey } from '#shared/auth/api-key-views.ts';
import type { Caller } from '#shared/auth/caller.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { ACME, aKey, aMember, callerWith, NOW_MS, WEB } from '../fixtures.ts';
import type { StoredApiKey } from './api-key-store.ts';
import { decideCreation, decideDeletion, decideRotation, MAX_API_KEYS, visibleKeys } from './decisions.ts';

const SHOP = ProjectId.parse('shop');
const admin = aKey('admin');
const writer = aKey('writer', { scopes: new Set(['events:write']), createdAtMs: NOW_MS });
const webAdmin = aKey('web-admin', { projectId: WEB, createdAtMs: NOW_MS - 500 });
const webWriter = aKey('web-writer', { projectId: WEB, scopes: new Set(['events:write']) });
const shopWriter = aKey('shop-writer', { projectId: SHOP, scopes: new Set(['events:write']) });
const stranger = aKey('stranger', { tenantId: TenantId.parse('globex') });
const keys = [admin, writer, webAdmin, webWriter, shopWriter];
const anyone = aMember();
const MADE = aKey('made').sha256;
const idOf = ({ sha256 }: StoredApiKey): string => credentialIdOf(sha256);
const full = Array.from({ length: MAX_API_KEYS }, (_, index) => aKey(`key-${index}`));

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'done';
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
}

test.each<[string, Caller, StoredApiKey[]]>([
  ['a member sees all, newest first', anyone, [writer, admin, webAdmin, webWriter, shopWriter]],
  ['a key sees all', callerWith(admin), [writer, admin, webAdmin, webWriter, shopWriter]],
  ["a project's key sees the project's", callerWith(webAdmin), [webAdmin, webWriter]],
  ["a project's member sees the project's", aMember(['admin'], SHOP), [shopWriter]],
])('%s', (_, caller, visible) => {
  const shown = visibleKeys([...keys, stranger], { caller, nowMs: NOW_MS });
  expect(new Set(shown)).toEqual(new Set(visible));
  expect(shown[0]).toBe(visible[0]);
});

test.each<[string, StoredApiKey[], StoredApiKey]>([
  ['is gone', [writer], admin],
  ['may no longer administer', [aKey('admin', { scopes: new Set(['events:write']) })], admin],
  ['was bound to a project since', [aKey('admin', { projectId: WEB })], admin],
])('a caller whose own key %s can do nothing, though it is still believed elsewhere', (_, stored, own) => {
  const asked = { caller: callerWith(own), nowMs: NOW_MS };
  const id = idOf(stored[0]!);
  expect(codeOf(() => visibleKeys(stored, asked))).toBe('invalid_credentials');
  expect(codeOf(() => decideCreation(stored, MADE, { name: 'a', scopes: ['admin'] }, asked))).toBe(
    'invalid_credentials',
  );
  expect(codeOf(() => decideRotation(stored, MADE, id, { overlap_seconds: 0 }, asked))).toBe('invalid_credentials');
  expect(codeOf(() => decideDeletion(stored, id, asked))).toBe('invalid_credentials');
});

test.each<[string, Caller, Partial<CreateApiKey>, string]>([
  ['what it has', anyone, { scopes: ['admin', 'events:write'] }, 'done'],
  ['a scope it lacks', aMember(['admin']), { scopes: ['events:write'] }, 'insufficient_scope'],
  [
    'one of two',
    aMember(['admin', 'events:write']),
    { scopes: ['events:write', 'analytics:read'] },
    'insufficient_scope',
  ],
  ['for a project', anyone, { project_id: WEB }, 'done'],
  ['for its own project', aMember(undefined, WEB), { project_id: WEB }, 'done'],
  ['for another project', aMember(undefined, WEB), { project_id: SHOP }, 'insufficient_scope'],
  ['until later', anyone, { expires_at: '2026-11-21T00:00:01Z' }, 'done'],
  ['until now', anyone, { expires_at: '2026-11-21T00:00:00Z' }, 'invalid_body'],
  ['until yesterday, elsewhere', anyone, { expires_at: '2026-11-21T00:30:00+02:00' }, 'invalid_body'],
  ['for eleven years', anyone, { expires_at: '2037-11-21T00:00:00Z' }, 'invalid_body'],
])('a key may be made with %s: or not', (_, caller, wanted, code) => {
  const request: CreateApiKey = { name: 'new', scopes: ['admin'], ...wanted };
  expect(codeOf(() => decideCreation(keys, MADE, request, { caller, nowMs: NOW_MS }))).toBe(code);
});

test('a key is made of what was asked for, and what the caller is bound to', () => {
  const asked = { caller: aMember(undefined, WEB), nowMs: NOW_MS };
  const request: CreateApiKey = { name: 'new', scopes: ['admin'], expires_at: '2026-12-01T00:00:00Z' };
  const { writes, result } = decideCreation(keys, MADE, request, asked);
  expect(result).toEqual({
    sha256: MADE,
    tenantId: ACME,
    name: 'new',
    scopes: new Set(['admin']),
    projectId: 'web',
    expiresAtMs: Date.parse('2026-12-01T00:00:00Z'),
    createdAtMs: NOW_MS,
    managedBy: 'api',
  });
  expect(writes).toEqual([{ type: 'create', key: result }]);
});

test.each<[string, Caller, StoredApiKey, string]>([
  ['its own', callerWith(admin), admin, 'done'],
  ['another', callerWith(admin), writer, 'done'],
  ["a project's", anyone, webWriter, 'done'],
  ["its project's", callerWith(webAdmin), webWriter, 'done'],
  ["another project's", callerWith(webAdmin), shopWriter, 'not_found'],
  ["the whole tenant's", callerWith(webAdmin), writer, 'not_found'],
  ["another tenant's", anyone, stranger, 'not_found'],
  ['one that is not there', anyone, aKey('nobody'), 'not_found'],
])('a caller ends %s: or not', (_, caller, key, code) => {
  const decide = () => decideDeletion([...keys, stranger], idOf(key), { caller, nowMs: NOW_MS });
  expect(codeOf(decide)).toBe(code);
  if (code === 'done') expect(decide().writes).toEqual([{ type: 'end', key, atMs: NOW_MS }]);
});

test.each(['', 'x', admin.sha256, admin.sha256.slice(0, 11), idOf(admin).toUpperCase(), '../admin'])(
  '%j is the id of no key',
  (id) => {
    expect(codeOf(() => decideDeletion(keys, id, { caller: anyone, nowMs: NOW_MS }))).toBe('not_found');
  },
);

test('an id that is of two keys is of none', () => {
  const twin = aKey('twin', { sha256: `${idOf(admin)}${'0'.repeat(52)}` });
  expect(codeOf(() => decideDeletion([...keys, twin], idOf(admin), { caller: anyone, nowMs: NOW_MS }))).toBe(
    'not_found',
  );
  const request: CreateApiKey = { name: 'new', scopes: ['admin'] };
  expect(codeOf(() => decideCreation(keys, twin.sha256, request, { caller: anyone, nowMs: NOW_MS }))).toBe(
    'api_keys_unavailable',
  );
});

test.each<[string, Partial<StoredApiKey>, number, number]>([
  ['an hour', {}, 3_600, NOW_MS + 3_600_000],
  ['no time', {}, 0, NOW_MS],
  ['until it expires anyway', { expiresAtMs: NOW_MS + 5 }, 3_600, NOW_MS + 5],
])(
  'a rotated key is good for %s, and what replaces it may do the same for as long',
  (_, overrides, seconds, untilMs) => {
    const old = aKey('old', { projectId: WEB, scopes: new Set(['events:write']), managedBy: 'stack', ...overrides });
    const asked = { caller: anyone, nowMs: NOW_MS };
    const { writes, result } = decideRotation([...keys, old], MADE, idOf(old), { overlap_seconds: seconds }, asked);
    expect(result.previousExpiresAtMs).toBe(untilMs);
    expect(result.key).toEqual({ ...old, sha256: MADE, createdAtMs: NOW_MS, managedBy: 'api' });
    expect(writes).toEqual([
      { type: 'create', key: result.key },
      { type: 'end', key: old, atMs: untilMs },
    ]);
  },
);

test.each<[string, Caller, StoredApiKey, string]>([
  ['may do more than the caller', aMember(['admin', 'events:write']), admin, 'insufficient_scope'],
  ['may do less', aMember(['admin', 'events:write']), writer, 'done'],
  ["is another project's", callerWith(webAdmin), shopWriter, 'not_found'],
  ["is another tenant's", anyone, stranger, 'not_found'],
])('a key that %s: rotated, or not', (_, caller, key, code) => {
  const asked = { caller, nowMs: NOW_MS };
  const decide = () => decideRotation([...keys, stranger], MADE, idOf(key), { overlap_seconds: 1 }, asked);
  expect(codeOf(decide)).toBe(code);
});

test('there are at most so many keys; one that is replaced at once makes room for the other', () => {
  const asked = { caller: anyone, nowMs: NOW_MS };
  const request: CreateApiKey = { name: 'new', scopes: ['admin'] };
  const id = idOf(full[0]!);
  expect(codeOf(() => decideCreation(full.slice(1), MADE, request, asked))).toBe('done');
  expect(codeOf(() => decideCreation(full, MADE, request, asked))).toBe('too_many_api_keys');
  expect(codeOf(() => decideRotation(full, MADE, id, { overlap_seconds: 1 }, asked))).toBe('too_many_api_keys');
  expect(codeOf(() => decideRotation(full, MADE, id, { overlap_seconds: 0 }, asked))).toBe('done');
});

test('what was written already, the answer to which was lost, is not written again', () => {
  const made = aKey('made');
  const asked = { caller: callerWith(admin), nowMs: NOW_MS };
  const request: CreateApiKey = { name: 'new', scopes: ['admin'] };
  expect(decideCreation([...keys, made], MADE, request, asked)).toEqual({ writes: [], result: made });
  // The caller's own key, without overlap: it is gone by now.
  const rotated = decideRotation([writer, made], MADE, idOf(admin), { overlap_seconds: 0 }, asked);
  expect(rotated).toEqual({ writes: [], result: { key: made, previousExpiresAtMs: NOW_MS } });
});
