import type { DenialReason } from '#shared/audit/audit-record.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { Claims } from './granted-scopes.ts';

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

/** What a token says of the key that it is signed with. */
export interface TokenHeader {
  readonly alg: (typeof ALGORITHMS)[number];
  readonly kid?: string;
}

/** What a token says of itself. Good for finding out who could have signed it, and for nothing else. */
export interface UnverifiedToken {
  readonly header: TokenHeader;
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
  text: string,
): UnverifiedToken | { readonly reason: DenialReason; readonly claimedTenantId?: TenantId | undefined } {
  const token = readToken(text);
  if (token.payload === undefined) return token;
  const { header, payload } = token;
  const claimedTenantId = TenantId.safeParse(payload['tenant_id']).data;
  if ('reason' in header) return { reason: header.reason, claimedTenantId };
  if (claimedTenantId === undefined) return { reason: 'unknown_tenant' };
  const issuer = payload['iss'];
  if (typeof issuer !== 'string') return { reason: 'unknown_issuer', claimedTenantId };
  return { header, issuer, claimedTenantId };
}

/**
 * Reads header and payload of a token, as far as they can be.
 *
 * @returns the reason where it is no token at all. Never throws.
 */
export function readToken(
  text: string,
):
  | { readonly header: TokenHeader | { readonly reason: DenialReason }; readonly payload: Claims }
  | { readonly reason: DenialReason; readonly payload?: undefined } {
  if (text.length > MAX_TOKEN_CHARACTERS) return { reason: 'too_large' };
  const [header, payload] = text.split('.', 2).map(decodeObject);
  if (header === undefined || payload === undefined) return { reason: 'malformed' };
  return { header: readHeader(header), payload };
}

function readHeader(header: Claims): TokenHeader | { readonly reason: DenialReason } {
  const alg = ALGORITHMS.find((name) => name === header['alg']);
  if (alg === undefined) return { reason: 'algorithm' };
  if (Object.hasOwn(header, 'crit')) return { reason: 'critical_header' };
  const { typ = 'JWT', kid } = header;
  if (typeof typ !== 'string' || !TYPE.test(typ)) return { reason: 'type' };
  if (kid === undefined) return { alg };
  return typeof kid === 'string' && kid.length <= MAX_KEY_ID_CHARACTERS ? { alg, kid } : { reason: 'malformed' };
}

function decodeObject(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
