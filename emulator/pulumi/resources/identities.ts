import { z } from 'zod';
import { serviceAccountEmail } from '#shared/naming/tenant-names.ts';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';

/** A laptop's project has no number; any will do, as long as it is always the same. */
const PROJECT_NUMBER = '000000000000';

/**
 * Identities: no local server keeps them, but what the programs derive from them is real. The local signer signs tokens in
 * the name of any account.
 */
export function identityResources(): ResourceHandler[] {
  return [
    defineResource({
      type: 'gcp:serviceaccount/account:Account',
      inputs: z.strictObject({
        accountId: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/),
        project: z.string(),
        displayName: z.string().max(100).exactOptional(),
        description: z.string().max(256).exactOptional(),
      }),
      immutable: ['accountId', 'project'],
      async create({ accountId, project }) {
        const email = serviceAccountEmail(project, accountId);
        const name = `projects/${project}/serviceAccounts/${email}`;
        return { id: name, outputs: { name, email, member: `serviceAccount:${email}` }, placed: false };
      },
    }),
    defineResource({
      type: 'gcp:projects/serviceIdentity:ServiceIdentity',
      inputs: z.strictObject({ project: z.string(), service: z.literal('pubsub.googleapis.com') }),
      immutable: ['project', 'service'],
      async create({ project, service }) {
        const email = `service-${PROJECT_NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com`;
        const outputs = { email, member: `serviceAccount:${email}` };
        return { id: `projects/${project}/services/${service}`, outputs, placed: false };
      },
    }),
  ];
}
