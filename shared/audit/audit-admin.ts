import { toRefusal } from '#shared/errors/refusals.ts';
import type { Actor, AdminRecord, Audit } from './audit-record.ts';

/**
 * Does something by right of the scope `admin`, and records who did what on which resource with what outcome: one record
 * whether `run` resolves or throws. A process that dies meanwhile leaves none; what it changed has its trace in
 * Firestore's own audit log.
 *
 * @param actor a `Caller` is one.
 * @throws what `run` throws.
 */
export async function auditAdmin<T>(
  audit: Audit,
  actor: Actor,
  { action, resource }: Pick<AdminRecord, 'action' | 'resource'>,
  run: () => Promise<T>,
): Promise<T> {
  const { tenantId, credentialKind, credentialId, subject, issuer } = actor;
  const record = {
    event: 'admin_used',
    tenantId,
    credentialKind,
    credentialId,
    subject,
    issuer,
    action,
    resource,
  } as const;
  try {
    const result = await run();
    audit({ ...record, outcome: 'succeeded' });
    return result;
  } catch (error) {
    audit({ ...record, outcome: toRefusal(error).code });
    throw error;
  }
}
