import { z } from 'zod';
import { Port, readArguments, readEnvironment } from '#emulator/process/read-options.ts';
import { runServer } from '#emulator/process/run-server.ts';
import { startRelay } from './index.ts';

const Arguments = z.object({
  host: z.string().default('127.0.0.1'),
  port: Port.default(8087),
  'backoff-scale': z.coerce.number().nonnegative().default(1),
});
const Environment = z.object({
  PUBSUB_EMULATOR_HOST: z.string().min(1),
  BIGQUERY_EMULATOR_HOST: z.url(),
  GOOGLE_CLOUD_PROJECT: z.string().min(1),
});

const { host, port, 'backoff-scale': backoffScale } = readArguments(Arguments, process.argv.slice(2));
const environment = readEnvironment(Environment, process.env);

const server = await startRelay({
  host,
  port,
  backoffScale,
  pubsub: environment.PUBSUB_EMULATOR_HOST,
  bigqueryUrl: environment.BIGQUERY_EMULATOR_HOST,
  projectId: environment.GOOGLE_CLOUD_PROJECT,
  log: (message) => process.stderr.write(`${message}\n`),
});
runServer(server, { url: server.url }, `The relay is listening: ${server.url}`);
