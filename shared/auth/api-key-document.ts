import { z } from 'zod';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { isScope, type Scope } from './scopes.ts';

/** What Firestore knows of an API key: `apiKeys/{sha256}`. */
export interface ApiKeyRecord {
  readonly tenantId: TenantId;
  /** What the key is bound to, if to anything. */
  readonly projectId: ProjectId | undefined;
  readonly scopes: ReadonlySet<Scope>;
  /** Unix milliseconds; a key without it does not expire. */
  readonly expiresAtMs: number | undefined;
}

/** A Firestore timestamp, or RFC 3339. */
const Instant = z.union([
  z.custom<{ toMillis(): number }>(hasToMillis).transform((timestamp) => timestamp.toMillis()),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);

const ApiKeyDocument = z.object({
  tenantId: TenantId,
  projectId: ProjectId.nullish(),
  scopes: z.array(z.string()),
  expiresAt: Instant.nullish(),
});

/**
 * Reads the document of a key. A scope this release does not know permits nothing.
 *
 * @throws Error naming the field that is not valid.
 */
export function fromApiKeyDocument(document: unknown): ApiKeyRecord {
  const parsed = ApiKeyDocument.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`An API key's document is not valid. ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { tenantId, projectId, scopes, expiresAt } = parsed.data;
  return {
    tenantId,
    projectId: projectId ?? undefined,
    scopes: new Set(scopes.filter(isScope)),
    expiresAtMs: expiresAt ?? undefined,
  };
}

function hasToMillis(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'toMillis' in value && typeof value.toMillis === 'function';
}
