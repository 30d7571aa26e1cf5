import { FIELD } from '#shared/telemetry/fields.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import type { Actor, Audit, AuditRecord } from './audit-record.ts';

/** Value of the field `record` in each line of the audit trail: what routes it to the bucket that keeps it. */
export const AUDIT_RECORD = 'audit';

/** What a caller sends (a subject, a path) is longer than this only where it is meant to fill the trail. */
const MAX_CHARACTERS = 256;

/** Control, format (bidirectional overrides among them), surrogate, private and unassigned characters; separators of lines. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * The audit trail: a line of its own for each record, whatever the log level, on the same stream as all other lines, which
 * are told apart by the field `record`. Every value is bounded in length and free of characters that do not print.
 */
export function createAuditLog(logger: Logger): Audit {
  const lines = logger.child({}, { level: 'info' });
  return (record) => {
    const fields = Object.entries(fieldsOf(record)).map(([name, value]) => [name, printable(value)]);
    lines.info({ [FIELD.record]: AUDIT_RECORD, ...(Object.fromEntries(fields) as object) }, record.event);
  };
}

function fieldsOf(record: AuditRecord): Record<string, unknown> {
  if (record.event === 'admin_used') {
    const { action, resource, outcome } = record;
    return {
      ...actorFields(record),
      [FIELD.auditEvent]: record.event,
      [FIELD.action]: action,
      [FIELD.resource]: resource,
      [FIELD.outcome]: outcome,
    };
  }
  const { route, code, status, reason, claimedTenantId } = record;
  return {
    ...actorFields(record),
    [FIELD.auditEvent]: record.event,
    [FIELD.claimedTenantId]: claimedTenantId,
    [FIELD.route]: route,
    [FIELD.status]: status,
    [FIELD.code]: code,
    [FIELD.reason]: reason,
  };
}

function actorFields({ tenantId, credentialKind, credentialId, subject, issuer }: Actor): Record<string, unknown> {
  return {
    [FIELD.tenantId]: tenantId,
    [FIELD.credentialKind]: credentialKind,
    [FIELD.credentialId]: credentialId,
    [FIELD.principal]: subject,
    [FIELD.issuer]: issuer,
  };
}

function printable(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}…` : value;
  return text.replaceAll(UNPRINTABLE, '\u{FFFD}');
}
