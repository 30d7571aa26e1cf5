import { randomBytes } from 'node:crypto';
import type { DuckDBValue } from '@duckdb/node-api';
import type { DatasetReference, TableReference } from '../catalog/catalog.ts';
import type { Field } from '../catalog/schema.ts';
import { BigQueryError, type ErrorProto } from '../errors.ts';
import { execute, type Outcome } from './execute.ts';
import type { QueryParameter } from '../sql/parameters.ts';
import type { Warehouse } from '../warehouse.ts';

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery */
export interface QueryConfiguration {
  query: string;
  useLegacySql?: boolean;
  defaultDataset?: { datasetId: string; projectId?: string };
  queryParameters?: QueryParameter[];
  parameterMode?: string;
  destinationTable?: TableReference;
  writeDisposition?: string;
  createDisposition?: string;
}

export interface Job {
  projectId: string;
  jobId: string;
  location: string;
  configuration: Record<string, unknown>;
  createdMs: number;
  startedMs: number;
  endedMs?: number;
  outcome?: Outcome;
  error?: ErrorProto;
  dryRun: boolean;
  /** Resolves, and never rejects, when the job is done. */
  done: Promise<void>;
  cancel: AbortController;
}

/** Results are kept until this many rows are held in all; then the oldest go first. */
const MAX_KEPT_ROWS = 500_000;
const MAX_KEPT_JOBS = 2_000;

/** Query jobs, running and done. */
export class Jobs {
  readonly #warehouse: Warehouse;
  readonly #jobs = new Map<string, Job>();

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  /** Starts a query job; its failure is the job's `error`. @throws BigQueryError duplicate for a jobId that was used */
  start(
    projectId: string,
    query: QueryConfiguration,
    options: { jobId?: string; location?: string; dryRun?: boolean; labels?: unknown } = {},
  ): Job {
    const jobId = options.jobId ?? `job_${randomBytes(12).toString('base64url')}`;
    const key = `${projectId}:${jobId}`;
    if (this.#jobs.has(key))
      throw new BigQueryError('duplicate', `Already Exists: Job ${projectId}:${options.location ?? 'US'}.${jobId}`);
    const nowMs = Date.now();
    const dryRun = options.dryRun === true;
    const cancel = new AbortController();
    const job: Job = {
      projectId,
      jobId,
      location: options.location ?? 'US',
      configuration: {
        jobType: 'QUERY',
        query: { ...query, useLegacySql: false, priority: 'INTERACTIVE' },
        ...(options.labels === undefined ? {} : { labels: options.labels }),
        ...(dryRun ? { dryRun } : {}),
      },
      createdMs: nowMs,
      startedMs: nowMs,
      dryRun,
      done: Promise.resolve(),
      cancel,
    };
    job.done = this.#run(job, projectId, query);
    if (!dryRun) this.#jobs.set(key, job);
    this.#forgetOldest();
    return job;
  }

  /** @throws BigQueryError notFound */
  get(projectId: string, jobId: string): Job {
    const job = this.#jobs.get(`${projectId}:${jobId}`);
    if (job === undefined) throw new BigQueryError('notFound', `Not found: Job ${projectId}:${jobId}`);
    return job;
  }

  /** Newest first. */
  list(projectId: string): Job[] {
    return [...this.#jobs.values()].filter((job) => job.projectId === projectId).toReversed();
  }

  delete(projectId: string, jobId: string): void {
    this.get(projectId, jobId);
    this.#jobs.delete(`${projectId}:${jobId}`);
  }

  async #run(job: Job, projectId: string, query: QueryConfiguration): Promise<void> {
    const { defaultDataset } = query;
    const dataset: DatasetReference | undefined =
      defaultDataset === undefined
        ? undefined
        : { projectId: defaultDataset.projectId ?? projectId, datasetId: defaultDataset.datasetId };
    try {
      const signal = job.cancel.signal;
      job.outcome = await execute(this.#warehouse, query, { projectId, dataset }, { dryRun: job.dryRun, signal });
    } catch (error) {
      job.error =
        error instanceof BigQueryError
          ? error.toProto()
          : { reason: 'internalError', message: error instanceof Error ? error.message : String(error) };
    }
    job.endedMs = Date.now();
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    let kept = 0;
    for (const job of this.#jobs.values()) kept += job.outcome?.rows.length ?? 0;
    for (const [key, job] of this.#jobs) {
      if (kept <= MAX_KEPT_ROWS && this.#jobs.size <= MAX_KEPT_JOBS) return;
      // The newest stays, however large: somebody is about to read it.
      if (job.endedMs === undefined || this.#jobs.size === 1) continue;
      kept -= job.outcome?.rows.length ?? 0;
      this.#jobs.delete(key);
    }
  }
}

export interface Page {
  fields: Field[];
  rows: DuckDBValue[][];
  totalRows: number;
  pageToken: string | undefined;
}

const MAX_PAGE_ROWS = 50_000;

/**
 * The rows from `pageToken` (or `startIndex`) on.
 *
 * @throws BigQueryError invalid
 */
export function page(
  { fields, rows }: { fields: Field[]; rows: DuckDBValue[][] },
  { pageToken, startIndex, maxResults }: { pageToken?: string; startIndex?: string; maxResults?: string },
): Page {
  const from = Number(pageToken ?? startIndex ?? 0);
  const limit = Math.min(Number(maxResults ?? MAX_PAGE_ROWS), MAX_PAGE_ROWS);
  if (!Number.isSafeInteger(from) || from < 0) throw new BigQueryError('invalid', `Invalid pageToken or startIndex`);
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw new BigQueryError('invalid', `Invalid value for maxResults: ${maxResults}`);
  const to = Math.min(from + limit, rows.length);
  return {
    fields,
    rows: rows.slice(from, to),
    totalRows: rows.length,
    pageToken: to < rows.length ? String(to) : undefined,
  };
}
