import { z } from 'zod';
import { ROLES } from './roles.ts';
import { SCOPES } from './scopes.ts';

/** https everywhere but on the machine itself. */
const SecureUrl = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine(isSecure, 'must be https');

/** Who may sign JWTs for a tenant, and how their claims are read. */
export const Issuer = z.strictObject({
  /** The `iss` claim, compared as it is. */
  issuer: z.string().min(1).max(500),
  /** Where the issuer publishes its keys: a JWK Set. */
  jwksUri: SecureUrl,
  /** Claim that says what is asked for: a list, or words separated by spaces. */
  scopeClaim: z.string().min(1).max(100).default('scope'),
  /** What a word of that claim stands for where it is not itself a scope: `{"billing-writer": ["events:write"]}`. */
  scopes: z.record(z.string().min(1).max(100), z.array(z.enum(SCOPES))).default({}),
  /** Claim that binds a token to a project. */
  projectClaim: z.string().min(1).max(100).default('project_id'),
  /** Role of a subject that is not among the tenant's members. Without it such a token may do nothing. */
  defaultRole: z.enum(ROLES).optional(),
});

export type Issuer = z.infer<typeof Issuer>;

/** A tenant's issuers. Each is there once: what counted otherwise would hang on their order. */
export const Issuers = z
  .array(Issuer)
  .max(10)
  .refine((issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length, 'must each be there once');

function isSecure(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname));
}
