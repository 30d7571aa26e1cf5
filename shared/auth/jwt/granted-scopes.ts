import type { Issuer } from '../issuer.ts';
import { type Member, type Role, ROLE_SCOPES } from '../roles.ts';
import { isScope, type Scope } from '../scopes.ts';

/** The claims of a token that was verified. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * Role of a token's subject: as a member of the tenant, else the issuer's `defaultRole`. A member that names no issuer is one
 * only where the tenant has a single issuer: otherwise any of them could speak for it.
 */
export function roleOf(
  subject: string,
  issuer: Issuer,
  { issuers, members }: { readonly issuers: readonly Issuer[]; readonly members: readonly Member[] },
): Role | undefined {
  const isMember = (member: Member): boolean =>
    member.subject === subject &&
    (member.issuer === undefined ? issuers.length === 1 : member.issuer === issuer.issuer);
  return members.find(isMember)?.role ?? issuer.defaultRole;
}

/**
 * What a token permits: what it claims, as far as its subject's role may be granted it. A claim that is neither a string nor
 * a list claims nothing, and so do words that nobody knows.
 */
export function grantedScopes(claims: Claims, issuer: Issuer, role: Role | undefined): ReadonlySet<Scope> {
  if (role === undefined) return new Set();
  const claimed = wordsOf(claimOf(claims, issuer.scopeClaim)).flatMap((word) => scopesOf(word, issuer));
  return new Set(claimed.filter((scope) => ROLE_SCOPES[role].has(scope)));
}

/** A claim of the token itself; what objects inherit is none. */
export function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** @see https://www.rfc-editor.org/rfc/rfc8693#section-4.2 */
function wordsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

function scopesOf(word: string, { scopes }: Issuer): readonly Scope[] {
  if (isScope(word)) return [word];
  return Object.hasOwn(scopes, word) ? (scopes[word] ?? []) : [];
}
