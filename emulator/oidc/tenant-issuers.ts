import { rm } from 'node:fs/promises';
import { Hono } from 'hono';
import { serveHttp } from '#emulator/process/http-server.ts';
import type { Issuer } from '#shared/auth/issuer.ts';
import type { Member } from '#shared/auth/roles.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { createTenantIssuer, issuersDirectory, localMembers, type TenantIssuer } from './tenant-issuer.ts';

/** The issuers of a local cloud's tenants, each with a key of its own, and the address where their public keys are. */
export interface TenantIssuers {
  /** What a tenant's settings say of its issuer and members. Makes the issuer at the first call for a tenant. */
  settingsFor(tenantId: TenantId): Promise<{
    readonly issuers: readonly Pick<Issuer, 'issuer' | 'jwksUri'>[];
    readonly members: readonly Member[];
  }>;
  /** Ends the server and removes the keys. */
  close(): Promise<void>;
}

/**
 * Serves `GET /{tenant}/jwks.json` on 127.0.0.1, on a free port, as the tenant's identity provider would.
 *
 * @param directory the stack's own, where the private keys are kept for whoever asks for a token
 */
export async function startTenantIssuers(directory: string): Promise<TenantIssuers> {
  // A stack that was killed has left its own, which nobody trusts any more.
  await rm(issuersDirectory(directory), { recursive: true, force: true });
  const issuers = new Map<string, Promise<TenantIssuer>>();
  const app = new Hono();
  app.get('/:tenant/jwks.json', async (c) => {
    const issuer = await issuers.get(c.req.param('tenant'));
    return issuer === undefined ? c.notFound() : c.json({ keys: [issuer.publicJwk] });
  });
  const server = await serveHttp(app.fetch);

  return {
    async settingsFor(tenantId) {
      const url = `${server.url}/${tenantId}`;
      const issuer = issuers.get(tenantId) ?? createTenantIssuer(directory, tenantId, url);
      issuers.set(tenantId, issuer);
      return {
        issuers: [{ issuer: (await issuer).issuer, jwksUri: `${url}/jwks.json` }],
        members: localMembers(tenantId),
      };
    },
    async close() {
      await server.close();
      await rm(issuersDirectory(directory), { recursive: true, force: true });
    },
  };
}
