import { createHash } from 'node:crypto';
import { datasetName, tableName, type Dataset, type Table } from '../catalog/catalog.ts';
import type { Job } from '../jobs/jobs.ts';

/** A hash of what a resource says: it changes when the resource does. */
function etagOf(resource: object): string {
  return createHash('sha256').update(JSON.stringify(resource)).digest('base64url').slice(0, 22);
}

function withEtag(resource: Record<string, unknown>): Record<string, unknown> {
  return { ...resource, etag: etagOf(resource) };
}

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset */
export function datasetResource({ reference, metadata, createdMs, modifiedMs }: Dataset): Record<string, unknown> {
  return withEtag({
    access: [
      { role: 'WRITER', specialGroup: 'projectWriters' },
      { role: 'OWNER', specialGroup: 'projectOwners' },
      { role: 'READER', specialGroup: 'projectReaders' },
    ],
    location: 'US',
    ...metadata,
    kind: 'bigquery#dataset',
    id: datasetName(reference),
    datasetReference: reference,
    creationTime: String(createdMs),
    lastModifiedTime: String(modifiedMs),
    type: 'DEFAULT',
  });
}

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#Table */
export function tableResource(table: Table, location: unknown, numRows?: number): Record<string, unknown> {
  const { reference, metadata, createdMs, modifiedMs, type, fields } = table;
  return {
    ...withEtag({
      location: location ?? 'US',
      ...metadata,
      kind: 'bigquery#table',
      id: tableName(reference),
      tableReference: reference,
      type,
      ...(fields.length === 0 ? {} : { schema: { ...(metadata['schema'] as object | undefined), fields } }),
      ...(table.query === undefined ? {} : viewPart(table)),
      creationTime: String(createdMs),
      lastModifiedTime: String(modifiedMs),
    }),
    ...(numRows === undefined ? {} : { numRows: String(numRows), numBytes: '0' }),
  };
}

function viewPart({ type, query, metadata }: Table): Record<string, unknown> {
  const key = type === 'VIEW' ? 'view' : 'materializedView';
  const given = metadata[key] as object | undefined;
  return { [key]: { ...given, query, ...(type === 'VIEW' ? { useLegacySql: false } : {}) } };
}

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export function jobResource(job: Job): Record<string, unknown> {
  const { projectId, jobId, location, configuration, outcome, error } = job;
  const done = job.endedMs !== undefined;
  return withEtag({
    kind: 'bigquery#job',
    id: `${projectId}:${location}.${jobId}`,
    jobReference: { projectId, jobId, location },
    user_email: 'local@headgate.invalid',
    configuration,
    status: {
      state: done ? 'DONE' : 'RUNNING',
      ...(error === undefined ? {} : { errorResult: error, errors: [error] }),
    },
    statistics: {
      creationTime: String(job.createdMs),
      startTime: String(job.startedMs),
      ...(done ? { endTime: String(job.endedMs) } : {}),
      totalBytesProcessed: '0',
      query: {
        totalBytesProcessed: '0',
        totalBytesBilled: '0',
        cacheHit: false,
        ...(outcome === undefined
          ? {}
          : {
              statementType: outcome.statementType,
              referencedTables: outcome.referencedTables,
              ...(outcome.affectedRows === undefined ? {} : { numDmlAffectedRows: String(outcome.affectedRows) }),
              schema: { fields: outcome.fields },
            }),
      },
    },
  });
}
