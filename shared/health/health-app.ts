import { Hono } from 'hono';
import { allowOnly, answerWithProblems } from '#shared/errors/refusing-app.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { Logger } from '#shared/telemetry/logger.ts';
import { requestLog, type RequestLogEnv } from '#shared/telemetry/request-log.ts';
import { createReadiness, type ReadinessOptions } from './readiness.ts';

export interface HealthDeps extends ReadinessOptions {
  readonly logger: Logger;
}

/** What an instance is asked by the machinery that runs it: `GET /healthz` (alive) and `GET /readyz` (events can be taken in). */
export function createHealthApp({ logger, ...readiness }: HealthDeps): Hono<RequestLogEnv> {
  const isReady = createReadiness(readiness);
  const app = new Hono<RequestLogEnv>();
  // Nobody is denied anything here: there is nothing to audit.
  app.use(requestLog('health', logger, () => undefined));
  answerWithProblems(app);
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    if (!(await isReady())) throw new Refusal('publish_unavailable', { detail: 'Nothing can be published.' });
    return c.json({ status: 'ready' });
  });
  for (const path of ['/healthz', '/readyz']) app.all(path, allowOnly('GET, HEAD'));
  return app;
}
