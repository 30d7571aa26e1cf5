import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { auditDenial, levelOfRefused } from '#shared/audit/audit-denial.ts';
import type { Audit } from '#shared/audit/audit-record.ts';
import { toRefusal } from '#shared/errors/refusals.ts';
import { FIELD } from './fields.ts';
import type { Logger } from './logger.ts';

/** Hono environment of an application with {@link requestLog}: handlers add what they know to `log`. */
export interface RequestLogEnv {
  Variables: { log: Record<string, unknown> };
}

/** What is asked so often, and by machines, that only a failure is worth a line. */
const QUIET_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/openapi.json']);

/**
 * Writes one line for each request, when it is answered, with everything the handlers put into `c.var.log`; for one that
 * was denied, a record to `audit` instead.
 */
export function requestLog(functionName: string, logger: Logger, audit: Audit): MiddlewareHandler<RequestLogEnv> {
  return async (c, next) => {
    const startedAtMs = performance.now();
    const line: Record<string, unknown> = { [FIELD.function]: functionName };
    c.set('log', line);
    await next();
    const route = `${c.req.method} ${routePath(c, -1)}`;
    line[FIELD.route] = route;
    line[FIELD.status] = c.res.status;
    line[FIELD.durationMs] = Math.round((performance.now() - startedAtMs) * 10) / 10;
    if (c.error === undefined) {
      logger[QUIET_PATHS.has(c.req.path) ? 'debug' : 'info'](line, 'request');
      return;
    }
    const refusal = toRefusal(c.error);
    line[FIELD.code] = refusal.code;
    if (refusal.cause !== undefined) line[FIELD.error] = refusal.cause;
    logger[levelOfRefused(refusal)](line, 'request');
    auditDenial(audit, refusal, route);
  };
}
