import type { Context } from 'hono';
import { auditDenial, levelOfRefused } from '#shared/audit/audit-denial.ts';
import type { Audit } from '#shared/audit/audit-record.ts';
import type { Authenticate } from '#shared/auth/authenticator.ts';
import { type Caller, requireProject, requireScope } from '#shared/auth/caller.ts';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { problemResponse } from '#shared/errors/problem.ts';
import { Refusal, toRefusal } from '#shared/errors/refusals.ts';
import { Subject } from '#shared/events/text.ts';
import { limitInFlight } from '#shared/limits/limit-in-flight.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { FIELD } from '#shared/telemetry/fields.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import { activeTenant } from '#shared/tenancy/active-tenant.ts';
import type { TenantStore } from '#shared/tenancy/tenant-store.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import { subjectView } from './subject-view.ts';
import type { SubjectView } from './subject-view.ts';

export interface SubjectRouteDeps {
  readonly authenticate: Authenticate;
  readonly tenants: TenantStore;
  readonly profiles: ProfileRepository;
  readonly logger: Logger;
  readonly audit: Audit;
  readonly nowMs: () => number;
}

const ROUTE = 'GET /v1/subjects/{subject}';
const READ_DEADLINE_MS = 5_000;
/** Of one tenant on one instance: each is a read of Firestore. */
const MAX_IN_FLIGHT = 64;

/**
 * `GET /v1/subjects/{subject}`, the subject percent-encoded: what is known of a subject of the caller's own, within its
 * project or the one that `project_id` names.
 */
export function createSubjectRoute({ authenticate, tenants, profiles, logger, audit, nowMs }: SubjectRouteDeps) {
  const inFlight = limitInFlight({ max: MAX_IN_FLIGHT });

  return async (context: Context): Promise<Response> => {
    const startedAtMs = nowMs();
    const fields: Record<string, unknown> = { [FIELD.function]: 'decide', [FIELD.route]: ROUTE };
    try {
      const caller = await authenticate(context.req.header('authorization'));
      Object.assign(fields, { [FIELD.tenantId]: caller.tenantId, [FIELD.credentialId]: caller.credentialId });
      requireScope(caller, 'analytics:read');
      await activeTenant(caller, tenants);
      const view = await inFlight(caller.tenantId, () =>
        viewOf(caller, context.req.param('subject') ?? '', context.req.query('project_id')),
      );
      Object.assign(fields, { [FIELD.status]: 200, [FIELD.durationMs]: nowMs() - startedAtMs });
      logger.info(fields, 'request');
      return context.json(view, 200, { 'cache-control': 'no-store' });
    } catch (error) {
      const refusal = toRefusal(error);
      Object.assign(fields, { [FIELD.code]: refusal.code, [FIELD.status]: refusal.status });
      Object.assign(fields, { [FIELD.error]: refusal.cause, [FIELD.durationMs]: nowMs() - startedAtMs });
      logger[levelOfRefused(refusal)](fields, 'request');
      auditDenial(audit, refusal, ROUTE);
      return problemResponse(refusal);
    }
  };

  async function viewOf(caller: Caller, subject: string, project: string | undefined): Promise<SubjectView> {
    const requested = ProjectId.optional().safeParse(project);
    if (!requested.success) throw new Refusal('not_found', { detail: 'project_id: no such project.' });
    const projectId = requireProject(caller, requested.data);
    if (!Subject.safeParse(subject).success) throw new Refusal('not_found', { detail: 'No such subject.' });
    const reads = [{ tenantId: caller.tenantId, projectId, subject, messageKeys: [] }];
    const [reading] = await withDeadline(profiles.read(reads), READ_DEADLINE_MS, 'reading a profile').catch(
      (error: unknown) => {
        throw new Refusal('settings_unavailable', { detail: 'The profile could not be read.', cause: error });
      },
    );
    if (reading?.profile === undefined) throw new Refusal('not_found', { detail: 'No such subject.' });
    return subjectView(subject, reading.profile, nowMs());
  }
}
