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
}

/** @throws Refusal `insufficient_scope` */
export function requireScope(caller: Caller, scope: Scope): void {
  if (!caller.scopes.has(scope)) {
    throw new Refusal('insufficient_scope', { detail: `The scope ${scope} is needed.` });
  }
}
