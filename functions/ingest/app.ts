import { Hono } from 'hono';
import type { Audit } from '#shared/audit/audit-record.ts';
import { allowOnly, answerWithProblems } from '#shared/errors/refusing-app.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import { requestLog, type RequestLogEnv } from '#shared/telemetry/request-log.ts';
import { type Endpoint, EVENTS, USER_PROPERTIES } from './endpoint.ts';
import { type IntakeDeps, takeIn } from './intake.ts';
import { openApiDocument } from './openapi.ts';
import { createReadiness } from './readiness.ts';

export interface IngestDeps extends IntakeDeps {
  /** Whether Pub/Sub answers, within so many milliseconds. Never rejects. */
  readonly isReachable: (timeoutMs: number) => Promise<boolean>;
  readonly logger: Logger;
  readonly audit: Audit;
}

/**
 * The ingest function: a web-standard application, for any host.
 *
 * @example
 * const app = createIngestApp(deps);
 * await app.request('/v1/events', { method: 'POST', headers, body });
 */
export function createIngestApp(deps: IngestDeps): Hono<RequestLogEnv> {
  const isReady = createReadiness(deps.isReachable);
  const app = new Hono<RequestLogEnv>();
  app.use(requestLog('ingest', deps.logger, deps.audit));
  answerWithProblems(app);

  route(app, EVENTS, deps);
  route(app, USER_PROPERTIES, deps);

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    if (!(await isReady())) throw new Refusal('publish_unavailable', { detail: 'Pub/Sub cannot be reached.' });
    return c.json({ status: 'ready' });
  });
  let document: string | undefined;
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(openApiDocument());
    return c.body(document, 200, { 'content-type': 'application/json' });
  });
  for (const path of ['/healthz', '/readyz', '/openapi.json']) app.all(path, allowOnly('GET, HEAD'));
  return app;
}

function route<Item extends { readonly id: string }>(
  app: Hono<RequestLogEnv>,
  endpoint: Endpoint<Item>,
  deps: IntakeDeps,
): void {
  app.post(endpoint.path, (c) => takeIn(c.req.raw, endpoint, deps, c.var.log));
  app.all(endpoint.path, allowOnly('POST'));
}
