import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DenialReason } from '#shared/audit/audit-record.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import type { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { CachedTenantStore } from '#shared/tenancy/tenant-store.ts';
import { credentialIdOf } from '../api-key.ts';
import type { CredentialVerifier, Denied } from '../authenticator.ts';
import type { Caller } from '../caller.ts';
import type { Issuer } from '../issuer.ts';
import type { Lookups } from '../lookups/lookups.ts';
import { claimOf, grantedScopes, roleOf } from './granted-scopes.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { isJwt, readUnverified } from './unverified-token.ts';
import { AUDIENCE, type VerifiedClaims, verifyClaims } from './verify-claims.ts';

export interface JwtVerifierDeps {
  readonly tenants: CachedTenantStore;
  readonly keys: IssuerKeys;
  /** For tokens of tenants whose settings are not held, and for those that the tenant's issuers have not signed. */
  readonly lookups: Lookups;
  /** Unix milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

const MAX_REMEMBERED_TOKENS = 10_000;

/** How long a signature is believed without being looked at again. */
const REMEMBERED_MS = 30_000;

interface Remembered {
  readonly caller: Caller;
  /** What the caller was granted by. The store gives the same object until the tenant's document changes. */
  readonly settings: TenantSettings;
  readonly untilMs: number;
}

/**
 * Accepts JWTs that an issuer registered by the very tenant of their `tenant_id` claim has signed. The tenant's settings say
 * who its issuers are, so a token counts for no tenant but one that trusts its signer.
 *
 * What was verified is remembered (by digest) for at most 30 s, not beyond `exp`, and only while the tenant's settings stay
 * as they were: a member or issuer that is removed is refused as soon as the settings that lack it are read, which is within
 * half a minute.
 *
 * Unknown tenants, tenants without issuers, other issuers and wrong signatures are denied alike, also where look-ups are
 * used up: a token that nobody signed then gets the same answer whichever tenant it names, and one that is good is let in.
 * Nor does time tell: each such token takes one read of its tenant's document, also where that is held or known to be absent.
 */
export function createJwtVerifier({ tenants, keys, lookups, now = Date.now }: JwtVerifierDeps): CredentialVerifier {
  const remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED_TOKENS });

  return async (token) => {
    if (!isJwt(token)) return undefined;
    const digest = hash('sha256', token);
    const known = remembered.get(digest);
    if (known !== undefined) {
      const settings = await tenants.get(known.caller.tenantId);
      if (settings === known.settings && now() < known.untilMs) return known.caller;
      remembered.delete(digest);
    }
    const denied = (reason: DenialReason, claimedTenantId?: string): Denied => ({
      denial: { reason, claimedTenantId, credentialKind: 'jwt', credentialId: credentialIdOf(digest) },
    });
    const unverified = readUnverified(token);
    if ('reason' in unverified) return denied(unverified.reason, unverified.claimedTenantId);
    const { claimedTenantId } = unverified;

    const isHeld = tenants.holds(claimedTenantId);
    const waitsForNoRead = tenants.answersAtOnce(claimedTenantId);
    const credential = { claimedTenantId, digest };
    if (!isHeld) await lookups.run(credential, () => tenants.get(claimedTenantId));
    /** Denies a token that may be anybody's, at the cost of one read of Firestore whether its tenant is held, or there at all. */
    const deniedUnsigned = async (reason: DenialReason): Promise<Denied> => {
      const oneRead = async () => (waitsForNoRead ? tenants.reload(claimedTenantId) : undefined);
      if (isHeld) await lookups.run(credential, oneRead);
      return denied(reason, claimedTenantId);
    };
    const settings = await tenants.get(claimedTenantId);
    if (settings === undefined) return deniedUnsigned('unknown_tenant');
    const issuer = settings.issuers.find((candidate) => candidate.issuer === unverified.issuer);
    if (issuer === undefined) return deniedUnsigned('unknown_issuer');
    const key = await keys.find(issuer.jwksUri, unverified.header);
    if (key === undefined) return deniedUnsigned('unknown_key_id');
    const verified = await verifyClaims(token, key, { issuer: issuer.issuer, audience: AUDIENCE }, now());
    if ('reason' in verified) {
      return verified.reason === 'signature' ? deniedUnsigned('signature') : denied(verified.reason, claimedTenantId);
    }
    const caller = verified.claims['tenant_id'] === claimedTenantId ? callerOf(verified, issuer, settings) : undefined;
    if (caller === undefined) return denied('invalid_claim', claimedTenantId);
    remembered.set(digest, { caller, settings, untilMs: Math.min(now() + REMEMBERED_MS, verified.expiresAtMs) });
    return caller;
  };
}

/** @returns undefined where the token names a project that cannot be one. */
function callerOf({ claims, subject }: VerifiedClaims, issuer: Issuer, settings: TenantSettings): Caller | undefined {
  const projectId = ProjectId.optional().safeParse(claimOf(claims, issuer.projectClaim));
  if (!projectId.success) return undefined;
  return {
    tenantId: settings.tenantId,
    projectId: projectId.data,
    scopes: grantedScopes(claims, issuer, roleOf(subject, issuer, settings)),
    // Of whom it is about, not of the token: tokens change every few minutes, who does something with them does not.
    credentialId: credentialIdOf(hash('sha256', JSON.stringify([issuer.issuer, subject]))),
    credentialKind: 'jwt',
    subject,
    issuer: issuer.issuer,
  };
}
