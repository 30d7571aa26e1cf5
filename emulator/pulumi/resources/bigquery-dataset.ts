import type { BigQuery } from '@google-cloud/bigquery';
import { z } from 'zod';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';
import { hasHttpCode } from './http-code.ts';

const Inputs = z.strictObject({
  datasetId: z.string(),
  project: z.string(),
  location: z.string().exactOptional(),
  description: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  deleteContentsOnDestroy: z.boolean().exactOptional(),
});

export function datasetResource(bigquery: BigQuery): ResourceHandler {
  const idOf = ({ project, datasetId }: z.infer<typeof Inputs>): string => `projects/${project}/datasets/${datasetId}`;
  return defineResource({
    type: 'gcp:bigquery/dataset:Dataset',
    inputs: Inputs,
    immutable: ['datasetId', 'project', 'location'],
    async create(inputs) {
      const { datasetId, project: projectId, deleteContentsOnDestroy: _, ...metadata } = inputs;
      try {
        await bigquery.dataset(datasetId, { projectId }).create(metadata);
      } catch (error) {
        if (!hasHttpCode(error, 409)) throw error;
      }
      return { id: idOf(inputs), outputs: {}, placed: true };
    },
    async update(inputs) {
      const { description, labels } = inputs;
      await bigquery
        .dataset(inputs.datasetId, { projectId: inputs.project })
        .setMetadata({ ...(description !== undefined && { description }), ...(labels && { labels }) });
      return { id: idOf(inputs), outputs: {}, placed: true };
    },
    async delete({ datasetId, project: projectId, deleteContentsOnDestroy }) {
      try {
        await bigquery.dataset(datasetId, { projectId }).delete({ force: deleteContentsOnDestroy ?? false });
      } catch (error) {
        if (!hasHttpCode(error, 404)) throw error;
      }
    },
  });
}
