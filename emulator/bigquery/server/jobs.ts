import { Hono } from 'hono';
import { BigQueryError } from '../errors.ts';
import { page, type Job, type Jobs, type QueryConfiguration } from '../jobs/jobs.ts';
import { encodeValue, type EncodeOptions } from '../values/encode.ts';
import { formatOptions, jsonBody, pathParameter } from './request.ts';
import { jobResource } from './resources.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 200_000;
const SHORT_WAIT_MS = 100;

interface Paging {
  pageToken?: string;
  startIndex?: string;
  maxResults?: string;
}

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs */
export function jobRoutes(jobs: Jobs): Hono {
  const routes = new Hono();

  routes.get('/projects/:projectId/jobs', (context) => {
    const all = jobs.list(pathParameter(context, 'projectId'));
    const { pageToken, maxResults } = context.req.query();
    const from = Number(pageToken ?? 0);
    const to = from + Number(maxResults ?? 50);
    const listed = all
      .slice(from, to)
      .map((job) => ({ ...jobResource(job), state: job.endedMs === undefined ? 'RUNNING' : 'DONE' }));
    return context.json({
      kind: 'bigquery#jobList',
      jobs: listed,
      ...(to < all.length ? { nextPageToken: String(to) } : {}),
    });
  });

  routes.post('/projects/:projectId/jobs', async (context) => {
    const body = await jsonBody(context);
    const configuration = (body['configuration'] ?? {}) as {
      query?: QueryConfiguration;
      dryRun?: boolean;
      labels?: unknown;
    };
    const reference = (body['jobReference'] ?? {}) as { jobId?: string; location?: string };
    if (configuration.query === undefined) {
      throw new BigQueryError('invalid', 'Only query jobs are supported by the local BigQuery');
    }
    const job = jobs.start(pathParameter(context, 'projectId'), configuration.query, {
      ...reference,
      dryRun: configuration.dryRun === true,
      labels: configuration.labels,
    });
    // A dry run is its answer. Any other is waited for a little: most are done by then, and nobody polls for them.
    await (job.dryRun ? job.done : waitFor(job, SHORT_WAIT_MS));
    if (job.dryRun && job.error !== undefined) throw toError(job);
    return context.json(jobResource(job));
  });

  routes.get('/projects/:projectId/jobs/:jobId', (context) => {
    return context.json(jobResource(jobs.get(pathParameter(context, 'projectId'), pathParameter(context, 'jobId'))));
  });

  routes.post('/projects/:projectId/jobs/:jobId/cancel', async (context) => {
    const job = jobs.get(pathParameter(context, 'projectId'), pathParameter(context, 'jobId'));
    job.cancel.abort();
    await job.done;
    return context.json({ kind: 'bigquery#jobCancelResponse', job: jobResource(job) });
  });

  routes.delete('/projects/:projectId/jobs/:jobId/delete', (context) => {
    jobs.delete(pathParameter(context, 'projectId'), pathParameter(context, 'jobId'));
    return context.body(null, 204);
  });

  routes.post('/projects/:projectId/queries', async (context) => {
    const body = await jsonBody(context);
    if (typeof body['query'] !== 'string') throw new BigQueryError('invalid', 'Required parameter is missing: query');
    const { dryRun, location, labels, timeoutMs } = body;
    const job = jobs.start(pathParameter(context, 'projectId'), body as unknown as QueryConfiguration, {
      ...(typeof location === 'string' ? { location } : {}),
      dryRun: dryRun === true,
      labels,
    });
    await waitFor(job, Number(timeoutMs ?? DEFAULT_TIMEOUT_MS));
    const { useInt64Timestamp } = (body['formatOptions'] ?? {}) as Partial<EncodeOptions>;
    const options = { useInt64Timestamp: useInt64Timestamp === true };
    const { maxResults } = body as { maxResults?: number | string };
    const paging = maxResults === undefined ? {} : { maxResults: String(maxResults) };
    return context.json({ kind: 'bigquery#queryResponse', ...queryResults(job, paging, options) });
  });

  routes.get('/projects/:projectId/queries/:jobId', async (context) => {
    const job = jobs.get(pathParameter(context, 'projectId'), pathParameter(context, 'jobId'));
    await waitFor(job, Number(context.req.query('timeoutMs') ?? DEFAULT_TIMEOUT_MS));
    const results = queryResults(job, context.req.query(), formatOptions(context));
    return context.json({ kind: 'bigquery#getQueryResultsResponse', ...results });
  });

  return routes;
}

async function waitFor(job: Job, timeoutMs: number): Promise<void> {
  const limit = Number.isFinite(timeoutMs) ? Math.min(Math.max(timeoutMs, 0), MAX_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limit);
  await Promise.race([job.done, promise]);
  clearTimeout(timer);
}

function toError(job: Job): BigQueryError {
  const reason = job.error?.reason;
  const known = reason === 'notFound' || reason === 'invalid' || reason === 'duplicate' || reason === 'internalError';
  return new BigQueryError(known ? reason : 'invalidQuery', job.error?.message ?? '', job.error?.location);
}

/** @throws BigQueryError where the job failed */
function queryResults(job: Job, paging: Paging, options: EncodeOptions): Record<string, unknown> {
  const { projectId, jobId, location, outcome } = job;
  const reference = { jobReference: { projectId, jobId, location } };
  if (job.error !== undefined) throw toError(job);
  if (outcome === undefined) return { ...reference, jobComplete: false };
  const { fields, rows, totalRows, pageToken } = page(outcome, paging);
  return {
    ...(job.dryRun ? {} : reference),
    jobComplete: true,
    schema: { fields },
    totalRows: String(totalRows),
    totalBytesProcessed: '0',
    cacheHit: false,
    ...(outcome.affectedRows === undefined ? {} : { numDmlAffectedRows: String(outcome.affectedRows) }),
    ...(pageToken === undefined ? {} : { pageToken }),
    rows: rows.map((row) => ({
      f: row.map((value, i) => ({ v: encodeValue(value, fields[i] ?? { name: '', type: 'STRING' }, options) })),
    })),
  };
}
