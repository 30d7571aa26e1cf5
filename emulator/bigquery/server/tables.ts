import { Hono } from 'hono';
import { duckdbTable, type Table } from '../catalog/catalog.ts';
import { quoteIdentifier } from '../catalog/schema.ts';
import { runSql } from '../engine/run.ts';
import { BigQueryError } from '../errors.ts';
import type { InsertAllRequest } from '../insert-all/insert-all.ts';
import { page } from '../jobs/jobs.ts';
import { TableResolver } from '../sql/resolve.ts';
import { encodeValue } from '../values/encode.ts';
import type { Warehouse } from '../warehouse.ts';
import { assertMatches, datasetOf, formatOptions, jsonBody, mergePatch, tableOf } from './request.ts';
import { tableResource } from './resources.ts';

const MAX_INSERT_ROWS = 50_000;

/**
 * @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tables
 * @see https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata
 */
export function tableRoutes(warehouse: Warehouse): Hono {
  const { catalog, engine } = warehouse;
  const routes = new Hono();
  const location = (table: Table): unknown => catalog.dataset(table.reference).metadata['location'];

  const countRows = async (table: Table): Promise<number | undefined> => {
    if (table.type !== 'TABLE') return undefined;
    if (table.fields.length === 0) return 0;
    const { rows } = await runSql(engine, `SELECT count(*) FROM ${duckdbTable(table.reference)}`);
    return Number(rows[0]?.[0] ?? 0);
  };

  routes.get('/projects/:projectId/datasets/:datasetId/tables', (context) => {
    const dataset = catalog.dataset(datasetOf(context));
    const tables = [...dataset.tables.values()].map((table) => {
      const { id, tableReference, type, labels, timePartitioning, clustering, creationTime, view } = tableResource(
        table,
        undefined,
      );
      return {
        kind: 'bigquery#table',
        id,
        tableReference,
        type,
        labels,
        timePartitioning,
        clustering,
        creationTime,
        view,
      };
    });
    return context.json({ kind: 'bigquery#tableList', tables, totalItems: tables.length });
  });

  routes.post('/projects/:projectId/datasets/:datasetId/tables', async (context) => {
    const body = await jsonBody(context);
    const { tableId } = (body['tableReference'] ?? {}) as { tableId?: string };
    if (tableId === undefined)
      throw new BigQueryError('invalid', 'Required parameter is missing: tableReference.tableId');
    const table = await warehouse.createTable({ ...datasetOf(context), tableId }, body);
    return context.json(tableResource(table, location(table), 0));
  });

  routes.get('/projects/:projectId/datasets/:datasetId/tables/:tableId', async (context) => {
    const table = catalog.table(tableOf(context));
    return context.json(tableResource(table, location(table), await countRows(table)));
  });

  routes.on(['PATCH', 'PUT'], '/projects/:projectId/datasets/:datasetId/tables/:tableId', async (context) => {
    const before = catalog.table(tableOf(context));
    const body = await jsonBody(context);
    assertMatches(context, tableResource(before, location(before))['etag']);
    const resource = context.req.method === 'PUT' ? body : mergePatch(before.metadata, body);
    const table = await warehouse.updateTable(before.reference, resource);
    return context.json(tableResource(table, location(table), await countRows(table)));
  });

  routes.delete('/projects/:projectId/datasets/:datasetId/tables/:tableId', async (context) => {
    await warehouse.deleteTable(tableOf(context));
    return context.body(null, 204);
  });

  routes.post('/projects/:projectId/datasets/:datasetId/tables/:tableId/insertAll', async (context) => {
    const body = await jsonBody(context);
    const rows = body['rows'];
    if (!Array.isArray(rows) || rows.length === 0)
      throw new BigQueryError('invalid', 'Empty insertAll request: no rows present in the request.');
    if (rows.length > MAX_INSERT_ROWS)
      throw new BigQueryError('invalid', `Too many rows present in the request: limit ${MAX_INSERT_ROWS}`);
    const insertErrors = await warehouse.insertAll(tableOf(context), body as unknown as InsertAllRequest);
    const kind = 'bigquery#tableDataInsertAllResponse';
    return context.json(insertErrors.length === 0 ? { kind } : { kind, insertErrors });
  });

  routes.get('/projects/:projectId/datasets/:datasetId/tables/:tableId/data', async (context) => {
    const table = catalog.table(tableOf(context));
    const selected = context.req.query('selectedFields')?.toLowerCase().split(',');
    const fields = table.fields.filter(({ name }) => selected === undefined || selected.includes(name.toLowerCase()));
    const names = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
    const { sql } = new TableResolver(catalog, {
      projectId: table.reference.projectId,
      dataset: table.reference,
    }).resolve([table.reference.projectId, table.reference.datasetId, table.reference.tableId]);
    const { rows } = fields.length === 0 ? { rows: [] } : await runSql(engine, `SELECT ${names} FROM ${sql}`);
    const found = page({ fields, rows }, context.req.query());
    const options = formatOptions(context);
    return context.json({
      kind: 'bigquery#tableDataList',
      totalRows: String(found.totalRows),
      ...(found.pageToken === undefined ? {} : { pageToken: found.pageToken }),
      rows: found.rows.map((row) => ({
        f: row.map((value, i) => ({ v: encodeValue(value, fields[i] ?? { name: '', type: 'STRING' }, options) })),
      })),
    });
  });

  return routes;
}
