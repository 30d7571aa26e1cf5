import type { Context } from 'hono';
import type { DatasetReference, TableReference } from '../catalog/catalog.ts';
import { BigQueryError } from '../errors.ts';
import type { EncodeOptions } from '../values/encode.ts';

/** The path parameter, which its route has. */
export function pathParameter(context: Context, name: string): string {
  const value = context.req.param(name);
  if (value === undefined) throw new BigQueryError('invalid', `Required parameter is missing: ${name}`);
  return value;
}

export function datasetOf(context: Context): DatasetReference {
  return { projectId: pathParameter(context, 'projectId'), datasetId: pathParameter(context, 'datasetId') };
}

export function tableOf(context: Context): TableReference {
  return { ...datasetOf(context), tableId: pathParameter(context, 'tableId') };
}

/** @throws BigQueryError invalid where the body is no JSON object */
export async function jsonBody(context: Context): Promise<Record<string, unknown>> {
  let body: unknown;
  try {
    body = await context.req.json();
  } catch {
    throw new BigQueryError('invalid', 'Invalid JSON payload received.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BigQueryError('invalid', 'Invalid JSON payload received: not an object.');
  }
  return body as Record<string, unknown>;
}

/** A query parameter that is true or false; Python clients write it `True`. */
export function flag(context: Context, name: string): boolean {
  return context.req.query(name)?.toLowerCase() === 'true';
}

/** How values are to be written, from query parameters such as `formatOptions.useInt64Timestamp`. */
export function formatOptions(context: Context): EncodeOptions {
  return { useInt64Timestamp: flag(context, 'formatOptions.useInt64Timestamp') };
}

/**
 * Lets a change pass where `If-Match` is absent or names the present etag.
 *
 * @throws BigQueryError conditionNotMet
 */
export function assertMatches(context: Context, etag: unknown): void {
  const expected = context.req.header('if-match');
  if (expected === undefined || expected === '*' || expected.replaceAll('"', '') === etag) return;
  throw new BigQueryError('conditionNotMet', 'Precondition Failed');
}

/** RFC 7396, one resource onto another: null removes. */
export function mergePatch(target: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const before = merged[key];
    if (value === null) delete merged[key];
    else if (isObject(value) && isObject(before)) merged[key] = mergePatch(before, value);
    else merged[key] = value;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
