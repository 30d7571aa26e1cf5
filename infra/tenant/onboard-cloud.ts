import { fileURLToPath } from 'node:url';
import { LocalWorkspace, PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import type { Onboarding } from './cli-arguments.ts';
import type { Onboarded } from '#shared/onboarding/first-request.ts';

const PROJECT_DIRECTORY = fileURLToPath(new URL('.', import.meta.url));
const NAMESPACE = 'headgate-tenant';

/** Pulumi's CLI is needed, and is not there. */
export class PulumiMissingError extends Error {
  override readonly name = 'PulumiMissingError';
}

/**
 * `pulumi stack init`, `pulumi config set` and `pulumi up` for a tenant, through the Automation API. Again, it brings the
 * tenant into line; a setting that is not given stays as it is.
 *
 * @param write takes Pulumi's progress as it comes
 * @throws {PulumiMissingError}
 */
export async function onboardInCloud(
  { tenantId, settings, platformStack }: Onboarding,
  write: (text: string) => void,
): Promise<Onboarded> {
  const pulumiCommand = await findPulumi();
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: tenantId, workDir: PROJECT_DIRECTORY },
    { pulumiCommand },
  );
  const config = { ...settings, ...(platformStack !== undefined && { platformStack }) };
  await stack.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`${NAMESPACE}:${key}`, { value }])),
  );
  const { outputs } = await stack.up({ onOutput: write });
  return { endpoint: String(outputs.endpoint?.value), apiKey: String(outputs.apiKey?.value) };
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
