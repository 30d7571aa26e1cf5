import { CompactSign, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';
import type { CachedTenantStore } from '#shared/tenancy/tenant-store.ts';
import { type Authenticate, createAuthenticator } from '../authenticator.ts';
import { UNBOUNDED } from '../lookups/fixtures.ts';
import type { Lookups } from '../lookups/lookups.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { createJwtVerifier } from './jwt-verifier.ts';
import { parseKeySet } from './key-set.ts';

/** What tests take for now. */
export const NOW_MS = Date.parse('2026-11-20T10:30:00Z');
export const NOW_SECONDS = NOW_MS / 1000;

/** A key of an issuer, and tokens signed with it. */
export interface TestKey {
  readonly jwk: JWK;
  /** Signs {@link someClaims} with `claims` in their place; undefined takes one out. */
  sign(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Signs a payload as it is. */
  signText(payload: string): Promise<string>;
}

/** Claims that acme's test issuer signs and Headgate accepts. */
export function someClaims(): Record<string, unknown> {
  return {
    iss: 'https://id.acme.test',
    sub: 'ada',
    aud: 'headgate',
    tenant_id: 'acme',
    scope: 'events:write',
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 600,
  };
}

export async function createTestKey(
  kid: string,
  alg: 'RS256' | 'ES256' | 'EdDSA' | 'PS256' = 'ES256',
): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ ...someClaims(), ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
    signText: (payload) => new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg, kid }).sign(privateKey),
  };
}

/** A token of any two objects, with a signature that is nothing. */
export function unsigned(header: unknown, payload: unknown, signature = 'AAAA'): string {
  const part = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature}`;
}

/** Settings of `tenantId` with an issuer `https://id.{tenantId}.test`. */
export function settingsOf(tenantId: string, settings: Record<string, unknown> = {}): TenantSettings {
  return TenantSettings.parse({
    tenantId,
    issuers: [{ issuer: `https://id.${tenantId}.test`, jwksUri: `https://id.${tenantId}.test/jwks` }],
    members: [{ subject: 'ada', role: 'owner' }],
    ...settings,
  });
}

/** What {@link authenticateWith} works on; a test may change all of it as it goes. */
export interface World {
  readonly tenants: Map<string, TenantSettings>;
  /** Keys by the address they are at. What is not there is an issuer that is down. */
  readonly keySets: Map<string, readonly JWK[]>;
  nowMs: number;
}

/** JWTs verified for the tenants and issuers of `world`, with nothing outside the process. */
export function authenticateWith(
  world: World,
  {
    holds = () => true,
    reload = async (tenantId) => world.tenants.get(tenantId),
    lookups = UNBOUNDED,
  }: Partial<Pick<CachedTenantStore, 'holds' | 'reload'>> & { readonly lookups?: Lookups } = {},
): Authenticate {
  const get = async (tenantId: TenantId) => world.tenants.get(tenantId);
  const tenants: CachedTenantStore = { get, holds, answersAtOnce: holds, reload };
  const keys = createIssuerKeys({
    fetchKeySet: async (jwksUri) => {
      const keySet = world.keySets.get(jwksUri);
      if (keySet === undefined) throw new Error('the issuer is down');
      return parseKeySet({ keys: keySet });
    },
    now: () => world.nowMs,
  });
  const verify = createJwtVerifier({ tenants, keys, lookups, now: () => world.nowMs });
  return createAuthenticator([verify]);
}

/** acme and globex, each with an issuer and a key of its own; hooli has none. */
export function worldOf(acme: TestKey, globex: TestKey): World {
  return {
    tenants: new Map([
      ['acme', settingsOf('acme')],
      ['globex', settingsOf('globex')],
      ['hooli', TenantSettings.parse({ tenantId: TenantId.parse('hooli') })],
    ]),
    keySets: new Map([
      ['https://id.acme.test/jwks', [acme.jwk]],
      ['https://id.globex.test/jwks', [globex.jwk]],
    ]),
    nowMs: NOW_MS,
  };
}
