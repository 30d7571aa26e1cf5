import { fileURLToPath } from 'node:url';
import { LocalWorkspace, PulumiCommand, type Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantStack } from './tenant-stack.ts';

const PROJECT_DIRECTORY = fileURLToPath(new URL('.', import.meta.url));
const NAMESPACE = 'headgate-tenant';

/** Pulumi's CLI is needed, and is not there. */
export class PulumiMissingError extends Error {
  override readonly name = 'PulumiMissingError';
}

/** Outputs of the tenant program. */
const Outputs = z.object({
  endpoint: z.object({ value: z.url() }),
  adminEndpoint: z.object({ value: z.url() }),
  apiKey: z.object({ value: z.string() }),
  apiKeys: z.object({ value: z.record(z.string(), z.string()) }),
});

/**
 * A tenant's stack in the cloud, through the Automation API: `pulumi config set` and `pulumi up`.
 *
 * @param ifMissing whether a stack that is not there is made (`pulumi stack init`), or is an error
 * @param write takes Pulumi's progress as it comes
 * @throws {PulumiMissingError}
 */
export async function openPulumiStack(
  tenantId: TenantId,
  ifMissing: 'create' | 'fail',
  write: (text: string) => void,
): Promise<TenantStack> {
  const options = { pulumiCommand: await findPulumi() };
  const place = { stackName: tenantId, workDir: PROJECT_DIRECTORY };
  const stack: Stack = await (ifMissing === 'create'
    ? LocalWorkspace.createOrSelectStack(place, options)
    : LocalWorkspace.selectStack(place, options));
  return {
    async apiKeys() {
      const { [`${NAMESPACE}:apiKeys`]: apiKeys } = await stack.getAllConfig();
      return apiKeys === undefined ? undefined : (JSON.parse(apiKeys.value) as unknown);
    },
    async apply(settings) {
      await stack.setAllConfig(
        Object.fromEntries(
          Object.entries(settings).map(([key, setting]) => [
            `${NAMESPACE}:${key}`,
            { value: typeof setting === 'string' ? setting : JSON.stringify(setting) },
          ]),
        ),
      );
      const { outputs } = await stack.up({ onOutput: write });
      const { endpoint, adminEndpoint, apiKey, apiKeys } = Outputs.parse(outputs);
      return {
        endpoint: endpoint.value,
        adminEndpoint: adminEndpoint.value,
        apiKey: apiKey.value,
        apiKeys: apiKeys.value,
      };
    },
  };
}

async function findPulumi(): Promise<PulumiCommand> {
  try {
    return await PulumiCommand.get();
  } catch (error) {
    throw new PulumiMissingError(
      [
        'Pulumi, which provisions tenants in the cloud, is not installed. Get it with',
        '',
        '  npm install --global pulumi',
        '',
        'or see https://www.pulumi.com/docs/iac/download-install/. The local cloud does without: add --local.',
      ].join('\n'),
      { cause: error },
    );
  }
}
