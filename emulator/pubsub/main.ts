import { enableCompileCache } from 'node:module';

// Compiling is most of what starting costs, and from the second start on it is done. What is imported above is not cached.
enableCompileCache();
const { z } = await import('zod');
const { Port, readArguments } = await import('#emulator/process/read-options.ts');
const { runServer } = await import('#emulator/process/run-server.ts');
const { startPubSub } = await import('./index.ts');

const Arguments = z.object({
  host: z.string().default('127.0.0.1').describe('HOST  the address to listen at (127.0.0.1)'),
  port: Port.default(8085).describe('PORT  the port to listen at (8085); 0 takes a free one'),
  'backoff-scale': z.coerce
    .number()
    .nonnegative()
    .default(1)
    .describe('N  multiplies the delays of retry policies and of failing endpoints (1)'),
  bigquery: z
    .url()
    .optional()
    .describe('URL  the BigQuery that BigQuery subscriptions write to (BIGQUERY_EMULATOR_HOST)'),
  'max-held-bytes': z.coerce
    .number()
    .nonnegative()
    .optional()
    .describe('N  what messages may hold in memory before publishers meet RESOURCE_EXHAUSTED (2 GiB)'),
  'max-push-concurrency': z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe('N  most pushes under way at once, for each subscription (100)'),
  storage: z
    .string()
    .optional()
    .describe('DIR  where Cloud Storage subscriptions write; each bucket is a folder in it'),
  'empty-pulls-time-out': z
    .boolean()
    .default(false)
    .describe(' a pull that finds nothing ends in DEADLINE_EXCEEDED, as at Google, and not in an empty answer'),
  faults: z
    .boolean()
    .default(false)
    .describe(' adds an API under /faults that makes the server slow, failing or forgetful'),
});

if (process.argv.includes('--help')) {
  const lines = Object.entries(Arguments.shape).map(([name, option]) => `  --${name} ${option.description}`);
  process.stdout.write(`npm run pubsub -- [options]\n${lines.join('\n')}\n`);
  process.exit();
}

const options = readArguments(Arguments, process.argv.slice(2));
const maxHeldBytes = options['max-held-bytes'];
const maxPushConcurrency = options['max-push-concurrency'];
const server = await startPubSub({
  host: options.host,
  port: options.port,
  backoffScale: options['backoff-scale'],
  storageDirectory: options.storage,
  faults: options.faults,
  emptyPullsTimeOut: options['empty-pulls-time-out'],
  bigqueryUrl: options.bigquery ?? process.env['BIGQUERY_EMULATOR_HOST'],
  ...(maxHeldBytes !== undefined && { maxHeldBytes }),
  ...(maxPushConcurrency !== undefined && { maxPushConcurrency }),
  log: (message) => process.stderr.write(`${message}\n`),
});
runServer(server, { address: server.address }, `Pub/Sub is listening: PUBSUB_EMULATOR_HOST=${server.address}`);
