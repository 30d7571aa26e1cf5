import { type CryptoKey, errors, jwtVerify } from 'jose';
import type { DenialReason } from '#shared/audit/audit-record.ts';
import type { Claims } from './granted-scopes.ts';
import { ALGORITHMS } from './unverified-token.ts';

/** Whom tenants' tokens must be meant for. */
export const AUDIENCE = 'headgate';

/** How far an issuer's clock may be off. */
const CLOCK_SKEW_SECONDS = 30;

/** From `iat`, or from now where it does not say, to `exp`: nobody can take back a token, so none is good for long. */
const MAX_LIFETIME_SECONDS = 24 * 3_600;

const MAX_SUBJECT_CHARACTERS = 255;

/** Claims that have been verified. */
export interface VerifiedClaims {
  readonly claims: Claims;
  readonly subject: string;
  /** Unix milliseconds. */
  readonly expiresAtMs: number;
}

/**
 * Verifies the signature of a token, whom it is from and for, and that it is valid now: `exp` and `sub` must be there,
 * `nbf` and `iat` must not lie in the future, and `exp` must be near. The signature is looked at first: any reason but
 * `signature` is one of a token that the issuer did sign.
 *
 * @returns the reason where it is not valid. Never throws: whatever a token or a key is, it is either good or not.
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export async function verifyClaims(
  token: string,
  key: CryptoKey,
  expected: { readonly issuer: string; readonly audience: string },
  nowMs: number,
): Promise<VerifiedClaims | { readonly reason: DenialReason }> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...ALGORITHMS],
      ...expected,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp'],
    });
    const { sub, exp = 0, iat } = payload;
    if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_CHARACTERS)
      return { reason: 'invalid_claim' };
    if (iat !== undefined && !(iat <= nowMs / 1000 + CLOCK_SKEW_SECONDS)) return { reason: 'not_yet_valid' };
    if (exp - (iat ?? nowMs / 1000 + CLOCK_SKEW_SECONDS) > MAX_LIFETIME_SECONDS) return { reason: 'lifetime' };
    return { claims: payload, subject: sub, expiresAtMs: exp * 1000 };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): DenialReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'audience';
    return error.claim === 'nbf' ? 'not_yet_valid' : 'invalid_claim';
  }
  // Whatever else there is came before the signature was found good.
  return 'signature';
}
