import type { FunctionName } from '#shared/config/config.ts';
import { problemResponse } from '#shared/errors/problem.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { FetchApp } from '#shared/hosting/fetch-app.ts';

/** Whose a path is: what is nobody else's is `ingest`'s, the description of the API among it. */
export function functionOf(path: string): FunctionName {
  if (path === '/push' || path.startsWith('/v1/subjects/')) return 'decide';
  if (path === '/v1/api-keys' || path.startsWith('/v1/api-keys/')) return 'operate';
  return 'ingest';
}

/** Cloud Run asks them of each service. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * Several functions behind one `fetch`: each request goes to the one whose path it is; those that are not among `apps` are not there.
 *
 * @param health answers the probes, whatever is served.
 */
export function routeByPath(apps: Readonly<Partial<Record<FunctionName, FetchApp>>>, health: FetchApp): FetchApp {
  return {
    fetch: (request) => {
      const path = pathOf(request.url);
      if (PROBES.has(path)) return health.fetch(request);
      const app = apps[functionOf(path)];
      if (app !== undefined) return app.fetch(request);
      return problemResponse(new Refusal('not_found', { detail: 'There is nothing at this path.' }));
    },
  };
}

/** Without parsing the URL, which costs more than all else here. */
function pathOf(url: string): string {
  const start = url.indexOf('/', 'https://'.length);
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}
