import { Hono } from 'hono';
import type { Warehouse } from '../warehouse.ts';
import { BigQueryError } from '../errors.ts';
import { assertMatches, datasetOf, flag, jsonBody, mergePatch, pathParameter } from './request.ts';
import { datasetResource } from './resources.ts';

/** @see https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
export function datasetRoutes(warehouse: Warehouse): Hono {
  const { catalog } = warehouse;
  const routes = new Hono();

  routes.get('/projects/:projectId/datasets', (context) => {
    const datasets = catalog.datasets(pathParameter(context, 'projectId')).map((dataset) => {
      const { kind, id, datasetReference, location, labels } = datasetResource(dataset);
      return { kind, id, datasetReference, location, labels };
    });
    return context.json({ kind: 'bigquery#datasetList', datasets });
  });

  routes.post('/projects/:projectId/datasets', async (context) => {
    const body = await jsonBody(context);
    const { datasetId } = (body['datasetReference'] ?? {}) as { datasetId?: string };
    if (datasetId === undefined)
      throw new BigQueryError('invalid', 'Required parameter is missing: datasetReference.datasetId');
    const reference = { projectId: pathParameter(context, 'projectId'), datasetId };
    return context.json(datasetResource(await warehouse.createDataset(reference, body)));
  });

  routes.get('/projects/:projectId/datasets/:datasetId', (context) => {
    return context.json(datasetResource(catalog.dataset(datasetOf(context))));
  });

  routes.on(['PATCH', 'PUT'], '/projects/:projectId/datasets/:datasetId', async (context) => {
    const dataset = catalog.dataset(datasetOf(context));
    const body = await jsonBody(context);
    assertMatches(context, datasetResource(dataset)['etag']);
    dataset.metadata = context.req.method === 'PUT' ? body : mergePatch(dataset.metadata, body);
    dataset.modifiedMs = Date.now();
    return context.json(datasetResource(dataset));
  });

  routes.delete('/projects/:projectId/datasets/:datasetId', async (context) => {
    await warehouse.deleteDataset(datasetOf(context), flag(context, 'deleteContents'));
    return context.body(null, 204);
  });

  return routes;
}
