import { Hono } from 'hono';
import type { Audit } from '#shared/audit/audit-record.ts';
import { allowOnly, answerWithProblems } from '#shared/errors/refusing-app.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import { requestLog, type RequestLogEnv } from '#shared/telemetry/request-log.ts';
import { type Endpoint, EVENTS, type Identified, USER_PROPERTIES } from './endpoint.ts';
import { type IntakeDeps, takeIn } from './intake.ts';
import { openApiDocument } from './openapi/document.ts';
import { createReferenceApp } from './reference/reference-app.ts';

export interface IngestDeps extends IntakeDeps {
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
  const app = new Hono<RequestLogEnv>();
  app.use(requestLog('ingest', deps.logger, deps.audit));
  answerWithProblems(app);

  route(app, EVENTS, deps);
  route(app, USER_PROPERTIES, deps);

  let document: string | undefined;
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(openApiDocument());
    return c.body(document, 200, { 'content-type': 'application/json' });
  });
  app.all('/openapi.json', allowOnly('GET, HEAD'));
  app.route('/', createReferenceApp());
  return app;
}

function route<Item extends Identified>(app: Hono<RequestLogEnv>, endpoint: Endpoint<Item>, deps: IntakeDeps): void {
  app.post(endpoint.path, (c) => takeIn(c.req.raw, endpoint, deps, c.var.log));
  app.all(endpoint.path, allowOnly('POST'));
}
