import type { ProjectId } from './project-id.ts';
import type { TenantId } from './tenant-id.ts';

/** Firestore collections at the root. */
export const COLLECTIONS = { tenants: 'tenants', apiKeys: 'apiKeys', revocations: 'apiKeyRevocations' } as const;

/** Path of a tenant's settings document. */
export function tenantDocumentPath(tenantId: TenantId): string {
  return `${COLLECTIONS.tenants}/${tenantId}`;
}

/** Path of an API key's document. `sha256Hex` is the key's digest; the key itself is stored nowhere. */
export function apiKeyDocumentPath(sha256Hex: string): string {
  return `${COLLECTIONS.apiKeys}/${sha256Hex}`;
}

/** Path of what ends an API key early, whatever its own document says. */
export function revocationDocumentPath(sha256Hex: string): string {
  return `${COLLECTIONS.revocations}/${sha256Hex}`;
}

/**
 * Path of a subject's profile, within a project where it belongs to one. Any subject makes a valid, unambiguous document id.
 */
export function subjectDocumentPath(tenantId: TenantId, subject: string, projectId?: ProjectId): string {
  const parent = tenantDocumentPath(tenantId) + (projectId === undefined ? '' : `/projects/${projectId}`);
  return `${parent}/subjects/${documentId(subject)}`;
}

/** Path of what is remembered of a message that was applied, where its subject's profile has no room. `digestHex` is of both. */
export function appliedDocumentPath(tenantId: TenantId, digestHex: string): string {
  return `${tenantDocumentPath(tenantId)}/applied/${digestHex}`;
}

/** The path it had when there was such a document for every message of a tenant, by the message's key. */
export function oldAppliedDocumentPath(tenantId: TenantId, messageKey: string): string {
  return `${tenantDocumentPath(tenantId)}/applied/${documentId(messageKey)}`;
}

/** Path of what the tenant has used of its limits, settled by all instances. */
export function usageDocumentPath(tenantId: TenantId): string {
  return `${tenantDocumentPath(tenantId)}/limits/usage`;
}

/** Path of what is remembered of a request with an `Idempotency-Key`. `digestHex` is of the key and what it is unique within. */
export function idempotencyDocumentPath(tenantId: TenantId, digestHex: string): string {
  return `${tenantDocumentPath(tenantId)}/idempotency/${digestHex}`;
}

/** Path of the mark that an event was accepted. `digestHex` is of its stream and id. */
export function acceptedDocumentPath(tenantId: TenantId, digestHex: string): string {
  return `${tenantDocumentPath(tenantId)}/accepted/${digestHex}`;
}

/**
 * Makes any string a Firestore document id: `/` would begin a subcollection, `.` and `..` and `__x__` are refused.
 * Percent-encoding is reversible, so no two strings share an id.
 *
 * @see https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
 */
export function documentId(text: string): string {
  return text.replaceAll(/[%/]|^\.{1,2}$|^__/g, (match) =>
    [...match].map((c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
