import { hash, randomBytes } from 'node:crypto';
import { TenantId } from '#shared/naming/tenant-id.ts';

/** An API key's text, taken apart. The secret itself is not kept. */
export interface ParsedApiKey {
  readonly tenantId: TenantId;
  /** Lower-case hexadecimal SHA-256 of the whole key: what `apiKeys/{sha256}` is named by. */
  readonly sha256: string;
}

/** `hg_{tenant}_{43 base64url characters}`. A tenant's id has no underscore. */
const API_KEY = /^hg_([a-z][a-z0-9-]{2,29})_[A-Za-z0-9_-]{43}$/;

/** @returns undefined where `text` is not an API key. Looks at the form only, so it takes as long for any key. */
export function parseApiKey(text: string): ParsedApiKey | undefined {
  const tenantId = TenantId.safeParse(API_KEY.exec(text)?.[1]);
  return tenantId.success ? { tenantId: tenantId.data, sha256: hash('sha256', text, 'hex') } : undefined;
}

const CREDENTIAL_ID_CHARACTERS = 12;

/** The form of {@link credentialIdOf}. */
export const API_KEY_ID = /^[0-9a-f]{12}$/;

/**
 * What a key is called in logs, in the audit trail and by its tenant's administrators: as much of its digest as tells keys
 * apart. Nothing of the key itself, so of no use to who reads it.
 */
export function credentialIdOf(sha256: string): string {
  return sha256.slice(0, CREDENTIAL_ID_CHARACTERS);
}

/** A key of 256 random bits. Not stored anywhere by this: who asks for it is the only one to have it. */
export function makeApiKey(tenantId: TenantId): { readonly key: string; readonly sha256: string } {
  const key = `hg_${tenantId}_${randomBytes(32).toString('base64url')}`;
  return { key, sha256: hash('sha256', key, 'hex') };
}
