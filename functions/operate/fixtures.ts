import { hash } from 'node:crypto';
import { credentialIdOf } from '#shared/auth/api-key.ts';
import type { Caller } from '#shared/auth/caller.ts';
import { type Scope, SCOPES } from '#shared/auth/scopes.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { ApiKeyStore, StoredApiKey } from './api-keys/api-key-store.ts';

export const NOW_MS = Date.parse('2026-11-21T00:00:00Z');
export const ACME = TenantId.parse('acme');
export const WEB = ProjectId.parse('web');

/** A key whose digest is that of `text`. Without more it may do everything, for ever. */
export function aKey(text: string, overrides: Partial<StoredApiKey> = {}): StoredApiKey {
  return {
    sha256: hash('sha256', text, 'hex'),
    tenantId: ACME,
    name: text,
    scopes: new Set(SCOPES),
    projectId: undefined,
    expiresAtMs: undefined,
    createdAtMs: NOW_MS - 1_000,
    managedBy: 'api',
    ...overrides,
  };
}

/** Who calls with `key`. */
export function callerWith({ tenantId, projectId, scopes, sha256 }: StoredApiKey): Caller {
  return { tenantId, projectId, scopes, credentialId: credentialIdOf(sha256), credentialKind: 'api_key' };
}

/** A member of acme with a JWT that permits `scopes`. */
export function aMember(scopes: readonly Scope[] = SCOPES, projectId?: ProjectId): Caller {
  return {
    tenantId: ACME,
    projectId,
    scopes: new Set(scopes),
    credentialId: 'jwt',
    credentialKind: 'jwt',
    subject: 'ada',
  };
}

/** Keys in memory, all tenants' in one list. */
export function createMemoryApiKeys(keys: StoredApiKey[]): ApiKeyStore {
  const of = (tenantId: TenantId, nowMs: number): StoredApiKey[] =>
    keys.filter((key) => key.tenantId === tenantId && (key.expiresAtMs ?? Infinity) > nowMs);
  return {
    read: async (tenantId, nowMs) => of(tenantId, nowMs),
    async change(tenantId, nowMs, decide) {
      const { writes, result } = decide(of(tenantId, nowMs));
      for (const write of writes) {
        const at = keys.findIndex(({ sha256 }) => sha256 === write.key.sha256);
        if (write.type === 'create') keys.push(write.key);
        else keys[at] = { ...write.key, expiresAtMs: write.atMs };
      }
      return result;
    },
  };
}
