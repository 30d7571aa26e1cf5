import { z } from 'zod';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';

/** A Cloud Run service: one local process serves all functions, whatever image and size each asks for. */
export function cloudRunServiceResource(apiUrl: string): ResourceHandler {
  return defineResource({
    type: 'gcp:cloudrunv2/service:Service',
    inputs: z.looseObject({ name: z.string(), project: z.string(), location: z.string() }),
    immutable: ['name', 'project', 'location'],
    async create({ name, project, location }) {
      const id = `projects/${project}/locations/${location}/services/${name}`;
      return { id, outputs: { uri: apiUrl }, placed: true };
    },
  });
}
