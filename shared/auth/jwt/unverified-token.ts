import type { DenialReason } from '#shared/audit/audit-record.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';

/**
 * Signature algorithms that are accepted. All are asymmetric: a public key of an issuer can never be taken for a shared secret.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.1
 */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

/** Fits what identity providers issue, with groups and all; a header beyond 16 KB never arrives. */
const MAX_TOKEN_CHARACTERS = 8_192;

const MAX_KEY_ID_CHARACTERS = 256;

/**
 * Tokens that say they are something else (a logout token, a proof) may be signed by the same key, and are no credential.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.11
 */
const TYPE = /^(?:application\/)?(?:at\+)?jwt$/i;

/** What a token says of itself. Good for finding out who could have signed it, and for nothing else. */
export interface UnverifiedToken {
  readonly algorithm: (typeof ALGORITHMS)[number];
  readonly keyId: string | undefined;
  readonly issuer: string;
  readonly claimedTenantId: TenantId;
}

/** Whether `text` has the form of a JWS in compact serialization. */
export function isJwt(text: string): boolean {
  return /^[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*$/.test(text);
}

/**
 * Reads what decides where the key of a token is looked up. Whatever can be refused without a key is refused here, so that
 * it costs no look-up: other algorithms (`none`, HS256), header extensions that are critical, a tenant that cannot be.
 * `jwk`, `jku`, `x5c` and `x5u` are not read: a token does not say which key to believe.
 *
 * Of a member that comes twice the last counts, here as in the verification.
 *
 * @returns the reason where it cannot be good, with what it claimed if that is well-formed. Never throws.
 */
export function readUnverified(
  token: string,
): UnverifiedToken | { readonly reason: DenialReason; readonly claimedTenantId?: TenantId | undefined } {
  if (token.length > MAX_TOKEN_CHARACTERS) return { reason: 'too_large' };
  const [header, payload] = token.split('.', 2).map(decodeObject);
  if (header === undefined || payload === undefined) return { reason: 'malformed' };
  const tenantId = TenantId.safeParse(payload['tenant_id']);
  const claimedTenantId = tenantId.data;

  const algorithm = ALGORITHMS.find((name) => name === header['alg']);
  if (algorithm === undefined) return { reason: 'algorithm', claimedTenantId };
  if (Object.hasOwn(header, 'crit')) return { reason: 'critical_header', claimedTenantId };
  const { typ = 'JWT', kid: keyId } = header;
  if (typeof typ !== 'string' || !TYPE.test(typ)) return { reason: 'type', claimedTenantId };
  if (keyId !== undefined && (typeof keyId !== 'string' || keyId.length > MAX_KEY_ID_CHARACTERS)) {
    return { reason: 'malformed', claimedTenantId };
  }
  if (claimedTenantId === undefined) return { reason: 'unknown_tenant' };
  const issuer = payload['iss'];
  if (typeof issuer !== 'string') return { reason: 'unknown_issuer', claimedTenantId };
  return { algorithm, keyId, issuer, claimedTenantId };
}

function decodeObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
