import type { Actor, CredentialKind } from '#shared/audit/audit-record.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { ProjectId } from '#shared/naming/project-id.ts';
import type { Scope } from './scopes.ts';

/** Who is calling: established by a credential, never by anything else in the request. */
export interface Caller {
  readonly tenantId: TenantId;
  /** What the credential is bound to; undefined where it is good for all of the tenant. */
  readonly projectId: ProjectId | undefined;
  readonly scopes: ReadonlySet<Scope>;
  /** Tells credentials apart in logs; of no use to anyone who reads it there. */
  readonly credentialId: string;
  readonly credentialKind: CredentialKind;
  /** Whom a JWT is about, and who says so: its `sub` and `iss`. */
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
}

/** @throws Refusal `insufficient_scope` */
export function requireScope(caller: Caller, scope: Scope): void {
  if (!caller.scopes.has(scope)) {
    const denial = { ...actorOf(caller), reason: 'missing_scope' } as const;
    throw new Refusal('insufficient_scope', { detail: `The scope ${scope} is needed.`, denial });
  }
}

/**
 * The project that a request is about: the one it names, else the one that the caller is bound to.
 *
 * @throws Refusal `insufficient_scope` where the caller is bound to another project than the one it names.
 */
export function requireProject(caller: Caller, requested: ProjectId | undefined): ProjectId | undefined {
  if (requested === undefined || caller.projectId === undefined || requested === caller.projectId) {
    return requested ?? caller.projectId;
  }
  const denial = { ...actorOf(caller), reason: 'other_project' } as const;
  throw new Refusal('insufficient_scope', { detail: 'project_id: not the project of this credential', denial });
}

/** Who `caller` is, as the audit trail has it. */
export function actorOf({ tenantId, credentialKind, credentialId, subject, issuer }: Caller): Actor {
  return { tenantId, credentialKind, credentialId, subject, issuer };
}
