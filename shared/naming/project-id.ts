import { z } from 'zod';

/** A tenant's own division of what it sends, such as `web` or `billing-eu`. Not a Google Cloud project. */
export const ProjectId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, at most 63, beginning with a letter')
  .brand('ProjectId');

export type ProjectId = z.infer<typeof ProjectId>;
