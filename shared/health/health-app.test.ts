import { expect, test } from 'vitest';
import { createLogger } from '#shared/telemetry/logger.ts';
import { createHealthApp } from './health-app.ts';

function appWhere(reachable: boolean) {
  return createHealthApp({
    standing: () => 'unknown',
    isReachable: async () => reachable,
    logger: createLogger({ level: 'silent' }),
  });
}

test.each([
  ['/healthz', true, 200],
  ['/healthz', false, 200],
  ['/readyz', true, 200],
  ['/readyz', false, 503],
])('%s where Pub/Sub can be reached (%s): %i', async (path, reachable, status) => {
  expect((await appWhere(reachable).request(path)).status).toBe(status);
});

test.each(['/healthz', '/readyz'])('%s is asked for only', async (path) => {
  const response = await appWhere(true).request(path, { method: 'POST' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
