import { Hono } from 'hono';
import { BigQueryError } from '../errors.ts';
import { Jobs } from '../jobs/jobs.ts';
import type { Warehouse } from '../warehouse.ts';
import { datasetRoutes } from './datasets.ts';
import { discoveryDocument } from './discovery.ts';
import { jobRoutes } from './jobs.ts';
import { tableRoutes } from './tables.ts';

/** BigQuery's REST interface, with and without the prefix `/bigquery/v2`: Google's clients differ in that. */
export function createApp(warehouse: Warehouse): Hono {
  const api = new Hono();
  api.get('/projects', (context) => context.json({ kind: 'bigquery#projectList', projects: [], totalItems: 0 }));
  api.route('/', datasetRoutes(warehouse));
  api.route('/', tableRoutes(warehouse));
  api.route('/', jobRoutes(new Jobs(warehouse)));

  const app = new Hono();
  app.get('/$discovery/rest', (context) => context.json(discoveryDocument(new URL('/', context.req.url).href)));
  app.get('/discovery/v1/apis/bigquery/v2/rest', (context) => {
    return context.json(discoveryDocument(new URL('/', context.req.url).href));
  });
  app.route('/bigquery/v2', api);
  app.route('/', api);
  app.notFound((context) => {
    const error = new BigQueryError('notFound', `Not found: ${context.req.method} ${context.req.path}`);
    return context.json(errorBody(error, 404), 404);
  });
  app.onError((error, context) => {
    const known = error instanceof BigQueryError ? error : new BigQueryError('internalError', error.message);
    return context.json(errorBody(known, known.status), known.status);
  });
  return app;
}

const GRPC_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  500: 'INTERNAL',
};

/** @see https://cloud.google.com/bigquery/docs/error-messages */
function errorBody(error: BigQueryError, status: number): Record<string, unknown> {
  const one = {
    message: error.message,
    domain: 'global',
    reason: error.reason,
    ...(error.location === undefined ? {} : { location: error.location, locationType: 'parameter' }),
  };
  return { error: { code: status, message: error.message, errors: [one], status: GRPC_STATUS[status] ?? 'INTERNAL' } };
}
