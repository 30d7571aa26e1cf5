import type { DuckDBValue } from '@duckdb/node-api';
import type { Field } from '../catalog/schema.ts';
import type { ErrorProto } from '../errors.ts';
import { decodeRow } from '../values/decode.ts';

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll */
export interface InsertAllRequest {
  rows: { insertId?: string; json: unknown }[];
  skipInvalidRows?: boolean;
  ignoreUnknownValues?: boolean;
}

export interface InsertError {
  index: number;
  errors: ErrorProto[];
}

export interface Verdict {
  /** What goes into the table, each with its place in the request. */
  rows: { index: number; insertId: string | undefined; values: DuckDBValue[] }[];
  insertErrors: InsertError[];
}

/**
 * Which rows of a request go in. One that does not fit its table keeps all others out too, with the reason `stopped`,
 * unless the request skips invalid rows.
 */
export function judgeRows(request: InsertAllRequest, fields: readonly Field[]): Verdict {
  const rows: Verdict['rows'] = [];
  const insertErrors: InsertError[] = [];
  const options = { ignoreUnknownValues: request.ignoreUnknownValues === true };
  for (const [index, { insertId, json }] of request.rows.entries()) {
    const decoded = decodeRow(json, fields, options);
    if ('values' in decoded) {
      rows.push({ index, insertId, values: decoded.values });
      continue;
    }
    const errors = decoded.misfits.map(({ location, message }) => ({
      reason: 'invalid',
      location,
      debugInfo: '',
      message,
    }));
    insertErrors.push({ index, errors });
  }
  if (insertErrors.length === 0 || request.skipInvalidRows === true) return { rows, insertErrors };
  const stopped = rows.map(({ index }) => ({
    index,
    errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }],
  }));
  return { rows: [], insertErrors: [...insertErrors, ...stopped].sort((a, b) => a.index - b.index) };
}
