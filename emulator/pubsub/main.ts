import { enableCompileCache } from 'node:module';

// Compiling is most of what starting costs, and from the second start on it is done. What is imported above is not cached.
enableCompileCache();
const { z } = await import('zod');
const { Port, readArguments } = await import('#emulator/process/read-options.ts');
const { runServer } = await import('#emulator/process/run-server.ts');
const { startPubSub } = await import('./index.ts');

const Arguments = z.object({
  host: z.string().default('127.0.0.1'),
  port: Port.default(8085),
  'backoff-scale': z.coerce.number().nonnegative().default(1),
  bigquery: z.url().optional(),
  'max-held-bytes': z.coerce.number().nonnegative().optional(),
  storage: z.string().optional(),
  faults: z.boolean().default(false),
});

const options = readArguments(Arguments, process.argv.slice(2));
const maxHeldBytes = options['max-held-bytes'];
const server = await startPubSub({
  host: options.host,
  port: options.port,
  backoffScale: options['backoff-scale'],
  storageDirectory: options.storage,
  faults: options.faults,
  bigqueryUrl: options.bigquery ?? process.env['BIGQUERY_EMULATOR_HOST'],
  ...(maxHeldBytes !== undefined && { maxHeldBytes }),
  log: (message) => process.stderr.write(`${message}\n`),
});
runServer(server, { address: server.address }, `Pub/Sub is listening: PUBSUB_EMULATOR_HOST=${server.address}`);
