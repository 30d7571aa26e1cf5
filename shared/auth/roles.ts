import { z } from 'zod';
import type { Scope } from './scopes.ts';

/** What members of a tenant are. `owner` and `admin` may be granted the same; only an owner answers for the contract. */
export const ROLES = ['owner', 'admin', 'developer', 'analyst'] as const;

export type Role = (typeof ROLES)[number];

/** The scopes that a JWT of a member may be granted at most, whatever it claims. */
export const ROLE_SCOPES: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  owner: new Set(['events:write', 'properties:write', 'analytics:read', 'admin']),
  admin: new Set(['events:write', 'properties:write', 'analytics:read', 'admin']),
  developer: new Set(['events:write', 'properties:write', 'analytics:read']),
  analyst: new Set(['analytics:read']),
};

/** A member of a tenant: who a JWT of one of its issuers is about. */
export const Member = z.strictObject({
  /** The `iss` claim; may be left out where the tenant has one issuer. */
  issuer: z.string().min(1).max(500).optional(),
  /** The `sub` claim. */
  subject: z.string().min(1).max(255),
  role: z.enum(ROLES),
});

export type Member = z.infer<typeof Member>;

/** A tenant's members. Each has one role. */
export const Members = z
  .array(Member)
  .max(1_000)
  .refine((members) => new Set(members.map(nameOf)).size === members.length, 'must each have one role');

function nameOf({ issuer, subject }: Member): string {
  return JSON.stringify([issuer, subject]);
}
