import { parseArguments, USAGE, UsageError } from './cli-arguments.ts';
import { firstRequest } from '#shared/onboarding/first-request.ts';
import { onboardLocally } from './onboard-local.ts';

/** `npm run tenant`: see {@link USAGE}. */
async function main(argv: readonly string[]): Promise<void> {
  const onboarding = parseArguments(argv);
  if (onboarding === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const write = (text: string): void => void process.stdout.write(text);
  const onboarded = onboarding.local
    ? await onboardLocally(onboarding, process.env.HEADGATE_DIR ?? '.headgate', (line) => write(`${line}\n`))
    : // Loaded only here: Pulumi takes longer to load than all of the local way takes to run.
      await (await import('./onboard-cloud.ts')).onboardInCloud(onboarding, write);
  const { endpoint, apiKey } = onboarded;
  write(`\nendpoint  ${endpoint}\nAPI key   ${apiKey}\n\n${firstRequest(onboarded, new Date())}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${USAGE}` : `${message}\n`);
  process.exitCode = 1;
}
