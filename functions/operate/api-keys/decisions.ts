import { API_KEY_ID, credentialIdOf } from '#shared/auth/api-key.ts';
import type { CreateApiKey, RotateApiKey } from '#shared/auth/api-key-views.ts';
import { CREDENTIALS_NOT_VALID } from '#shared/auth/authenticator.ts';
import { actorOf, type Caller, requireProject } from '#shared/auth/caller.ts';
import type { Scope } from '#shared/auth/scopes.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { ApiKeyWrite, Decision, StoredApiKey } from './api-key-store.ts';

/** Of one tenant, at a time. */
export const MAX_API_KEYS = 100;

const MAX_LIFETIME_MS = 3_653 * 24 * 60 * 60 * 1000;

/** Who asks, and when. */
export interface Asked {
  readonly caller: Caller;
  readonly nowMs: number;
}

/** What replaces a key, and until when that one is good. */
export interface Rotated {
  readonly key: StoredApiKey;
  /** Unix milliseconds. */
  readonly previousExpiresAtMs: number;
}

/**
 * The keys that the caller may see, newest first.
 *
 * @param keys all of the caller's tenant.
 * @throws Refusal `invalid_credentials`
 */
export function visibleKeys(keys: readonly StoredApiKey[], { caller }: Asked): StoredApiKey[] {
  requireCurrent(keys, caller);
  return keys
    .filter((key) => mayManage(caller, key))
    .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.sha256 < b.sha256 ? -1 : 1));
}

/**
 * @param keys all of the caller's tenant. Where the new one is among them, this was decided and written before.
 * @param sha256 of the key that was made for this.
 * @throws Refusal `invalid_credentials`, `insufficient_scope`, `invalid_body`, `too_many_api_keys`
 */
export function decideCreation(
  keys: readonly StoredApiKey[],
  sha256: string,
  { name, scopes, project_id: projectId, expires_at: expiresAt }: CreateApiKey,
  { caller, nowMs }: Asked,
): Decision<StoredApiKey> {
  const already = keys.find((key) => key.sha256 === sha256);
  if (already !== undefined) return { writes: [], result: already };
  requireCurrent(keys, caller);
  requireScopes(caller, scopes);
  const project = requireProject(caller, projectId);
  const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  if (expiresAtMs !== undefined && (expiresAtMs <= nowMs || expiresAtMs > nowMs + MAX_LIFETIME_MS)) {
    throw new Refusal('invalid_body', { detail: 'expires_at: must be in the future, and within ten years' });
  }
  const key: StoredApiKey = {
    sha256,
    tenantId: caller.tenantId,
    name,
    scopes: new Set(scopes),
    projectId: project,
    expiresAtMs,
    createdAtMs: nowMs,
    managedBy: 'api',
  };
  return { writes: [addition(keys, key)], result: key };
}

/**
 * A new key that may do the same, for as long, as the one called `id`; that one is good for a while yet.
 *
 * @param keys all of the caller's tenant. Where the new one is among them, this was decided and written before.
 * @param sha256 of the key that was made for this.
 * @throws Refusal `invalid_credentials`, `not_found`, `insufficient_scope`, `too_many_api_keys`
 */
export function decideRotation(
  keys: readonly StoredApiKey[],
  sha256: string,
  id: string,
  { overlap_seconds: overlapSeconds }: RotateApiKey,
  { caller, nowMs }: Asked,
): Decision<Rotated> {
  const untilMs = (old: StoredApiKey | undefined): number =>
    Math.min(nowMs + overlapSeconds * 1000, old?.expiresAtMs ?? Infinity);
  const already = keys.find((key) => key.sha256 === sha256);
  if (already !== undefined) {
    const old = keys.find((key) => credentialIdOf(key.sha256) === id);
    return { writes: [], result: { key: already, previousExpiresAtMs: untilMs(old) } };
  }
  requireCurrent(keys, caller);
  const old = find(keys, id, caller);
  requireScopes(caller, [...old.scopes]);
  const key: StoredApiKey = { ...old, sha256, createdAtMs: nowMs, managedBy: 'api' };
  const remaining = overlapSeconds === 0 ? keys.filter((other) => other !== old) : keys;
  const previousExpiresAtMs = untilMs(old);
  return {
    writes: [addition(remaining, key), { type: 'end', key: old, atMs: previousExpiresAtMs }],
    result: { key, previousExpiresAtMs },
  };
}

/**
 * The key called `id` is no good from now on. It may be the one that the caller has.
 *
 * @param keys all of the caller's tenant.
 * @throws Refusal `invalid_credentials`, `not_found`
 */
export function decideDeletion(
  keys: readonly StoredApiKey[],
  id: string,
  { caller, nowMs }: Asked,
): Decision<StoredApiKey> {
  requireCurrent(keys, caller);
  const key = find(keys, id, caller);
  return { writes: [{ type: 'end', key, atMs: nowMs }], result: key };
}

/**
 * A credential is believed for up to half a minute after its end. Here nothing is: with a stolen key, that would be long
 * enough to make another one that outlives it.
 */
function requireCurrent(keys: readonly StoredApiKey[], caller: Caller): void {
  if (caller.credentialKind !== 'api_key') return;
  const own = keys.find(({ sha256 }) => credentialIdOf(sha256) === caller.credentialId);
  if (own?.scopes.has('admin') === true && own.projectId === caller.projectId) return;
  const denial = { ...actorOf(caller), reason: 'unknown_key' } as const;
  throw new Refusal('invalid_credentials', { detail: CREDENTIALS_NOT_VALID, denial });
}

/** Nobody hands on what they do not have: a new key, or the secret of one that may do more. */
function requireScopes(caller: Caller, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !caller.scopes.has(scope));
  if (missing.length === 0) return;
  const denial = { ...actorOf(caller), reason: 'missing_scope' } as const;
  throw new Refusal('insufficient_scope', { detail: `This credential has no ${missing.join(', ')} to grant.`, denial });
}

/** A credential that is bound to a project knows of no other, nor of what is good for the whole tenant. */
function mayManage(caller: Caller, key: StoredApiKey): boolean {
  return key.tenantId === caller.tenantId && (caller.projectId === undefined || key.projectId === caller.projectId);
}

function find(keys: readonly StoredApiKey[], id: string, caller: Caller): StoredApiKey {
  const found = keys.filter((key) => mayManage(caller, key) && credentialIdOf(key.sha256) === id);
  const [key] = found;
  if (!API_KEY_ID.test(id) || key === undefined || found.length > 1) {
    throw new Refusal('not_found', { detail: 'There is no such API key.' });
  }
  return key;
}

function addition(keys: readonly StoredApiKey[], key: StoredApiKey): ApiKeyWrite {
  if (keys.length >= MAX_API_KEYS) {
    throw new Refusal('too_many_api_keys', {
      detail: `A tenant has at most ${MAX_API_KEYS} API keys; delete one first.`,
    });
  }
  // One in 2^48, for each key that there is.
  if (keys.some(({ sha256 }) => credentialIdOf(sha256) === credentialIdOf(key.sha256))) {
    throw new Refusal('api_keys_unavailable', { detail: 'Two keys would have had the same id; send it again.' });
  }
  return { type: 'create', key };
}
