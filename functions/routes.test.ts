import { expect, test } from 'vitest';
import type { FunctionName } from '#shared/config/config.ts';
import { functionOf, routeByPath } from './routes.ts';

const app = (name: string) => ({ fetch: () => new Response(name) });

async function answerOf(path: string, served: readonly FunctionName[]): Promise<string | number> {
  const apps = Object.fromEntries(served.map((name) => [name, app(name)]));
  const response = await routeByPath(apps, app('health')).fetch(new Request(`http://127.0.0.1:8080${path}`));
  return response.ok ? response.text() : response.status;
}

test.each([
  ['/v1/events', 'ingest'],
  ['/v1/user-properties', 'ingest'],
  ['/openapi.json', 'ingest'],
  ['/nowhere', 'ingest'],
  ['/', 'ingest'],
  ['/push', 'decide'],
  ['/pushed', 'ingest'],
  ['/v1/subjects/cus_1', 'decide'],
  ['/v1/subjects', 'ingest'],
  ['/v1/api-keys', 'operate'],
  ['/v1/api-keys/0123456789ab/rotate', 'operate'],
  ['/v1/api-keys-of', 'ingest'],
])('%s is for %s', (path, name) => {
  expect(functionOf(path)).toBe(name);
});

test.each([
  ['/push?token=x', ['decide'], 'decide'],
  ['/v1/subjects/%2Fpush', ['ingest', 'decide'], 'decide'],
  ['/v1/events?a=/push', ['ingest', 'decide'], 'ingest'],
  ['/v1/events', ['decide'], 404],
  ['/nowhere', ['decide'], 404],
  ['/push', ['ingest'], 404],
  ['/v1/api-keys', ['ingest', 'decide'], 404],
  ['/v1/api-keys?a=b', ['operate'], 'operate'],
  ['/v1/events', ['operate'], 404],
  ['/readyz', ['decide'], 'health'],
  ['/healthz?x', ['ingest'], 'health'],
] as const)('%s of a process that serves %j: %s', async (path, served, answer) => {
  expect(await answerOf(path, served)).toBe(answer);
});
