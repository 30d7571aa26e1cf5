import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import type { Stack } from '#emulator/cloud/stack-file.ts';

/** Asks the stack's BigQuery, as an analyst does. */
export function warehouseOf(
  stack: Stack,
): (query: string, params?: Record<string, unknown>) => Promise<Record<string, unknown>[]> {
  const bigquery = new BigQuery({
    projectId: stack.project,
    apiEndpoint: stack.bigquery,
    authClient: new PassThroughClient(),
  });
  return async (query, params = {}) => {
    const [rows] = await bigquery.query({ query, params });
    return rows as Record<string, unknown>[];
  };
}
