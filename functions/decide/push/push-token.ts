import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DenialReason } from '#shared/audit/audit-record.ts';
import type { Denied } from '#shared/auth/authenticator.ts';
import type { IssuerKeys } from '#shared/auth/jwt/issuer-keys.ts';
import { readToken } from '#shared/auth/jwt/unverified-token.ts';
import { verifyClaims } from '#shared/auth/jwt/verify-claims.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { pushAudience } from '#shared/naming/tenant-names.ts';

export interface PushTokenVerifierOptions {
  /** The platform's part of the `aud` claim, to which the tenant is added. */
  readonly audience: string;
  /** E-mail address of the service account in whose name Pub/Sub pushes. */
  readonly account: string;
  /** Where the signer's keys are. */
  readonly jwksUri: string;
  readonly keys: IssuerKeys;
  /** Unix milliseconds. Default `Date.now`. */
  readonly nowMs?: () => number;
}

/** Whose subscriptions push with a token. */
export interface VerifiedPush {
  readonly tenantId: TenantId;
}

/** Rejects where the signer's keys cannot be had, so that nobody can tell. */
export type PushTokenVerifier = (token: string) => Promise<VerifiedPush | Denied>;

interface Remembered extends VerifiedPush {
  readonly expiresAtMs: number;
}

const ISSUER = 'https://accounts.google.com';
const MAX_REMEMBERED_TOKENS = 10_000;

/**
 * Verifies the OIDC tokens of push requests: Google has signed them, for the platform's push account, and for the audience of
 * one tenant. A token that was verified is remembered (by digest) until it expires: Pub/Sub sends the same one for an hour, and
 * a signature takes longer to verify than an event to apply.
 *
 * @see https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 */
export function createPushTokenVerifier(options: PushTokenVerifierOptions): PushTokenVerifier {
  const { audience, account, jwksUri, keys, nowMs = Date.now } = options;
  const remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED_TOKENS });

  async function verify(text: string): Promise<Remembered | Denied> {
    const token = readToken(text);
    if (token.payload === undefined) return denied(token.reason);
    const { header, payload } = token;
    if ('reason' in header) return denied(header.reason);
    const tenantId = claimedTenantOf(payload['aud']);
    if (tenantId === undefined) return denied('audience');
    // All of Google's keys have ids; without one, any token would be worth a look at all of them.
    const key = header.kid === undefined ? undefined : await keys.find(jwksUri, header);
    if (key === undefined) return denied('unknown_key_id', tenantId);
    const expected = { issuer: ISSUER, audience: pushAudience(audience, tenantId) };
    const verified = await verifyClaims(text, key, expected, nowMs());
    if ('reason' in verified) return denied(verified.reason, tenantId);
    const { email, email_verified: isVerified } = verified.claims;
    // Anybody may have Google sign a token for any audience, in the name of an account of their own.
    if (email !== account || isVerified !== true) return denied('invalid_claim', tenantId);
    return { tenantId, expiresAtMs: verified.expiresAtMs };
  }

  return async (text) => {
    const digest = hash('sha256', text);
    const known = remembered.get(digest);
    if (known !== undefined && nowMs() < known.expiresAtMs) return known;
    const push = await verify(text);
    if ('tenantId' in push) remembered.set(digest, push);
    return push;
  };
}

/** The last part of an audience. Whether the rest is ours is looked at with the signature. */
function claimedTenantOf(claim: unknown): TenantId | undefined {
  return typeof claim === 'string' ? TenantId.safeParse(claim.slice(claim.lastIndexOf('/') + 1)).data : undefined;
}

function denied(reason: DenialReason, claimedTenantId?: TenantId): Denied {
  return { denial: { credentialKind: 'push_token', reason, claimedTenantId } };
}
