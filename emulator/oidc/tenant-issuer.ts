import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import { AUDIENCE } from '#shared/auth/jwt/verify-claims.ts';
import { type Member, type Role, ROLES } from '#shared/auth/roles.ts';
import type { ProjectId } from '#shared/naming/project-id.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

const ALGORITHM = 'ES256';

const IssuerFile = z.object({ issuer: z.string(), privateJwk: z.looseObject({ kid: z.string() }) });

/** Who signs JWTs for one tenant of the local cloud: what the tenant's own identity provider is in the real one. */
export interface TenantIssuer {
  /** The `iss` claim. */
  readonly issuer: string;
  readonly publicJwk: JWK;
  sign(grant: TokenGrant): Promise<string>;
}

/** What a token says. */
export interface TokenGrant {
  readonly tenantId: TenantId;
  readonly role: Role;
  /** Words separated by spaces, as the claim has them. */
  readonly scope: string;
  readonly projectId: ProjectId | undefined;
  /** Unix milliseconds. */
  readonly nowMs: number;
  readonly expiresInMs: number;
}

/** The members that every local tenant has: one of each role. */
export function localMembers(tenantId: TenantId): readonly Member[] {
  return ROLES.map((role) => ({ subject: subjectOf(role, tenantId), role }));
}

/**
 * Makes an issuer with a key of its own, and keeps it in the stack's `directory`, readable by its owner only, where
 * {@link readTenantIssuer} finds it.
 */
export async function createTenantIssuer(directory: string, tenantId: TenantId, issuer: string): Promise<TenantIssuer> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const privateJwk = { ...jwk, kid: await calculateJwkThumbprint(jwk) };
  const path = pathOf(directory, tenantId);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, JSON.stringify({ issuer, privateJwk }), { mode: 0o600 });
  return issuerOf(issuer, privateJwk);
}

/** @throws {Error} that says what to do, where no stack runs in `directory` or has no such tenant. */
export async function readTenantIssuer(directory: string, tenantId: TenantId): Promise<TenantIssuer> {
  const path = pathOf(directory, tenantId);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`${path} is not there: start the local cloud with "npm start", and onboard the tenant`);
  });
  const { issuer, privateJwk } = IssuerFile.parse(JSON.parse(text));
  return issuerOf(issuer, privateJwk);
}

function issuerOf(issuer: string, privateJwk: JWK & { readonly kid: string }): TenantIssuer {
  const { kid } = privateJwk;
  const { d: _private, ...publicJwk } = privateJwk;
  return {
    issuer,
    publicJwk: { ...publicJwk, alg: ALGORITHM, use: 'sig' },
    sign: async ({ tenantId, role, scope, projectId, nowMs, expiresInMs }) =>
      new SignJWT({ tenant_id: tenantId, scope, ...(projectId !== undefined && { project_id: projectId }) })
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setSubject(subjectOf(role, tenantId))
        .setAudience(AUDIENCE)
        .setIssuedAt(Math.floor(nowMs / 1000))
        .setExpirationTime(Math.floor((nowMs + expiresInMs) / 1000))
        .sign((await importJWK(privateJwk, ALGORITHM)) as CryptoKey),
  };
}

function subjectOf(role: Role, tenantId: TenantId): string {
  return `${role}@${tenantId}.example`;
}

/** Folder of the local issuers within a stack's own. */
export function issuersDirectory(directory: string): string {
  return join(directory, 'issuers');
}

function pathOf(directory: string, tenantId: TenantId): string {
  return join(issuersDirectory(directory), `${tenantId}.json`);
}
