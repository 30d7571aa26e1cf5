import { z } from 'zod';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';

/** A Cloud Run function: one local process serves all of them, whatever their resources and source. */
export function functionResource(apiUrl: string): ResourceHandler {
  return defineResource({
    type: 'gcp:cloudfunctionsv2/function:Function',
    inputs: z.looseObject({ name: z.string(), project: z.string(), location: z.string() }),
    immutable: ['name', 'project', 'location'],
    async create({ name, project, location }) {
      const id = `projects/${project}/locations/${location}/functions/${name}`;
      return { id, outputs: { url: apiUrl }, placed: true };
    },
  });
}
