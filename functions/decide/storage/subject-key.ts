import { hash } from 'node:crypto';
import { subjectDocumentPath } from '#shared/naming/firestore-paths.ts';
import type { ProjectId } from '#shared/naming/project-id.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

/** Names a subject: the one place that says what it takes to tell two apart. */
export interface SubjectKey {
  readonly tenantId: TenantId;
  /** Each project has subjects of its own, and so has what belongs to none. */
  readonly projectId?: ProjectId | undefined;
  readonly subject: string;
}

/** A message of a subject, by the first {@link MESSAGE_ID_BYTES} bytes of a SHA-256, in hex. */
export type MessageId = string;

/** With as many ids in use as a tenant has in years, the chance that two meet is nil: 10^10 of them, 1 in 10^19. */
export const MESSAGE_ID_BYTES = 16;

/** The key alone, of whatever names a subject. */
export function subjectKeyOf({ tenantId, projectId, subject }: SubjectKey): SubjectKey {
  return { tenantId, projectId, subject };
}

/** The same for the same subject, and for no other. */
export function subjectIdOf({ tenantId, projectId, subject }: SubjectKey): string {
  return JSON.stringify(projectId === undefined ? [tenantId, subject] : [tenantId, subject, projectId]);
}

export function subjectPathOf({ tenantId, projectId, subject }: SubjectKey): string {
  return subjectDocumentPath(tenantId, subject, projectId);
}

/** Hashed, so that document ids made of it spread, whatever order the customer's ids come in. */
export function messageIdOf(key: SubjectKey, messageKey: string): MessageId {
  return hash('sha256', subjectIdOf(key) + messageKey, 'hex').slice(0, 2 * MESSAGE_ID_BYTES);
}
