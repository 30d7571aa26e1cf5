import type { BigQuery, TableMetadata } from '@google-cloud/bigquery';
import { z } from 'zod';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';
import { hasHttpCode } from './http-code.ts';

const Inputs = z.strictObject({
  datasetId: z.string(),
  tableId: z.string(),
  project: z.string(),
  description: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  /** JSON array of `TableFieldSchema`. */
  schema: z.string().exactOptional(),
  timePartitioning: z.strictObject({ type: z.string(), field: z.string().exactOptional() }).exactOptional(),
  clusterings: z.array(z.string()).exactOptional(),
  view: z.strictObject({ query: z.string(), useLegacySql: z.literal(false) }).exactOptional(),
  deletionProtection: z.boolean().default(true),
});

/** Tables and views. */
export function tableResource(bigquery: BigQuery): ResourceHandler {
  const idOf = ({ project, datasetId, tableId }: z.infer<typeof Inputs>): string =>
    `projects/${project}/datasets/${datasetId}/tables/${tableId}`;
  const tableOf = ({ project: projectId, datasetId, tableId }: z.infer<typeof Inputs>) =>
    bigquery.dataset(datasetId, { projectId }).table(tableId);
  return defineResource({
    type: 'gcp:bigquery/table:Table',
    inputs: Inputs,
    immutable: ['datasetId', 'tableId', 'project', 'timePartitioning'],
    async create(inputs) {
      try {
        await tableOf(inputs).create(metadataOf(inputs));
      } catch (error) {
        if (!hasHttpCode(error, 409)) throw error;
        await tableOf(inputs).setMetadata(metadataOf(inputs));
      }
      return { id: idOf(inputs), outputs: {}, placed: true };
    },
    async update(inputs) {
      await tableOf(inputs).setMetadata(metadataOf(inputs));
      return { id: idOf(inputs), outputs: {}, placed: true };
    },
    async delete(inputs) {
      if (inputs.deletionProtection)
        throw new Error('deletionProtection: must be set to false before it can be deleted');
      try {
        await tableOf(inputs).delete();
      } catch (error) {
        if (!hasHttpCode(error, 404)) throw error;
      }
    },
  });
}

function metadataOf(inputs: z.infer<typeof Inputs>): TableMetadata {
  const { description, labels, schema, timePartitioning, clusterings, view } = inputs;
  return {
    ...(description !== undefined && { description }),
    ...(labels && { labels }),
    ...(schema !== undefined && { schema: { fields: JSON.parse(schema) as [] } }),
    ...(timePartitioning && { timePartitioning }),
    ...(clusterings && { clustering: { fields: clusterings } }),
    ...(view && { view }),
  };
}
