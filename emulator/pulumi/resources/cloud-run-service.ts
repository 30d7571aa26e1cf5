import { z } from 'zod';
import type { Targets } from '../targets.ts';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';

/** A Cloud Run service: `decide` is a local process, and another serves the rest, whatever image and size each asks for. */
export function cloudRunServiceResource({ apiUrl, decideUrl }: Pick<Targets, 'apiUrl' | 'decideUrl'>): ResourceHandler {
  return defineResource({
    type: 'gcp:cloudrunv2/service:Service',
    inputs: z.looseObject({ name: z.string(), project: z.string(), location: z.string() }),
    immutable: ['name', 'project', 'location'],
    async create({ name, project, location }) {
      const id = `projects/${project}/locations/${location}/services/${name}`;
      return { id, outputs: { uri: name === 'decide' ? decideUrl : apiUrl }, placed: true };
    },
  });
}
