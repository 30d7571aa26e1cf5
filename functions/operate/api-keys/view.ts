import { credentialIdOf } from '#shared/auth/api-key.ts';
import type { ApiKeyView } from '#shared/auth/api-key-views.ts';
import { SCOPES } from '#shared/auth/scopes.ts';
import type { StoredApiKey } from './api-key-store.ts';

/** A key as administrators see it. */
export function viewOf({
  sha256,
  name,
  scopes,
  projectId,
  createdAtMs,
  expiresAtMs,
  managedBy,
}: StoredApiKey): ApiKeyView {
  return {
    id: credentialIdOf(sha256),
    name,
    scopes: SCOPES.filter((scope) => scopes.has(scope)),
    project_id: projectId ?? null,
    created_at: new Date(createdAtMs).toISOString(),
    expires_at: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
    managed_by: managedBy,
  };
}
