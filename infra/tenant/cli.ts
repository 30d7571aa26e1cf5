import { firstRequest } from '#shared/onboarding/first-request.ts';
import { type KeyRotation, type Onboarding, parseArguments, USAGE, UsageError } from './cli-arguments.ts';
import { openLocalStack } from './local-cloud.ts';
import { rotateKey } from './rotate-key.ts';
import type { TenantStack } from './tenant-stack.ts';

const write = (text: string): void => void process.stdout.write(text);

/** `npm run tenant`: see {@link USAGE}. */
async function main(argv: readonly string[]): Promise<void> {
  const order = parseArguments(argv);
  if (order === undefined) {
    write(USAGE);
    return;
  }
  const stack = await openStack(order);
  if (order.command === 'rotate-key') {
    const { name, key, previousExpiresAt } = await rotateKey(stack, order, Date.now());
    write(`\nnew API key  ${key}\nits name     ${name}\nold key      good until ${previousExpiresAt}\n`);
    return;
  }
  const { settings, platformStack } = order;
  const onboarded = await stack.apply({ ...settings, ...(platformStack !== undefined && { platformStack }) });
  const { endpoint, adminEndpoint, apiKey } = onboarded;
  const admin = adminEndpoint === undefined ? '' : `its keys  ${adminEndpoint}/v1/api-keys\n`;
  write(`\nendpoint  ${endpoint}\n${admin}API key   ${apiKey}\n\n${firstRequest(onboarded, new Date())}\n`);
}

async function openStack({ command, tenantId, local }: Onboarding | KeyRotation): Promise<TenantStack> {
  if (local) return openLocalStack(tenantId, process.env['HEADGATE_DIR'] ?? '.headgate', (line) => write(`${line}\n`));
  // Loaded only here: Pulumi takes longer to load than all of the local way takes to run.
  const { openPulumiStack } = await import('./pulumi-stack.ts');
  return openPulumiStack(tenantId, command === 'onboard' ? 'create' : 'fail', write);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${USAGE}` : `${message}\n`);
  process.exitCode = 1;
}
