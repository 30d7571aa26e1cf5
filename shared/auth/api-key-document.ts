import { z } from 'zod';
import type { FirestoreData } from '#shared/tenancy/firestore-fields.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { isScope, SCOPES, type Scope } from './scopes.ts';

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

const RevocationDocument = z.object({ notAfter: Instant });

/**
 * What is known of a key of which `apiKeyRevocations/{sha256}` holds `revocation`, if anything. A document of its own,
 * because a key's document may be the stack's: applying the stack again writes it whole, and a key that its tenant's
 * administrator ended must not come back by that.
 *
 * @throws Error where the revocation is not valid.
 */
export function revokedAsOf(record: ApiKeyRecord, revocation: unknown): ApiKeyRecord {
  if (revocation === undefined) return record;
  const { notAfter } = RevocationDocument.parse(revocation);
  return { ...record, expiresAtMs: Math.min(record.expiresAtMs ?? Infinity, notAfter) };
}

/** What a key's document is made of. */
export interface ApiKeyGrant {
  readonly tenantId: TenantId;
  /** For people. Several keys may have the same. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly projectId: ProjectId | undefined;
  /** Unix milliseconds. */
  readonly expiresAtMs: number | undefined;
}

/** The fields of `apiKeys/{sha256}`. `expiresAt` is also the field of the collection's TTL policy. */
export function toApiKeyDocument({ tenantId, name, scopes, projectId, expiresAtMs }: ApiKeyGrant): {
  [field: string]: FirestoreData;
} {
  return {
    tenantId,
    name,
    scopes: SCOPES.filter((scope) => scopes.has(scope)),
    ...(projectId !== undefined && { projectId }),
    ...(expiresAtMs !== undefined && { expiresAt: new Date(expiresAtMs) }),
  };
}

function hasToMillis(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'toMillis' in value && typeof value.toMillis === 'function';
}
