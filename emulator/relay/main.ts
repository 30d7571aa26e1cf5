import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startRelay } from './index.ts';

const Arguments = z.object({
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8087),
  'backoff-scale': z.coerce.number().nonnegative().default(1),
});
const Environment = z.object({
  PUBSUB_EMULATOR_HOST: z.string().min(1),
  BIGQUERY_EMULATOR_HOST: z.url(),
  GOOGLE_CLOUD_PROJECT: z.string().min(1),
});

/** @throws Error naming the option or variable */
function read<T extends z.ZodType>(schema: T, values: unknown, prefix: string): z.infer<T> {
  const { success, data, error } = schema.safeParse(values);
  if (success) return data;
  const [issue] = error.issues;
  throw new Error(`${prefix}${String(issue?.path[0])}: ${issue?.message}`);
}

const { values } = parseArgs({
  options: { host: { type: 'string' }, port: { type: 'string' }, 'backoff-scale': { type: 'string' } },
});
const { host, port, 'backoff-scale': backoffScale } = read(Arguments, values, '--');
const environment = read(Environment, process.env, '');

const server = await startRelay({
  host,
  port,
  backoffScale,
  pubsub: environment.PUBSUB_EMULATOR_HOST,
  bigqueryUrl: environment.BIGQUERY_EMULATOR_HOST,
  projectId: environment.GOOGLE_CLOUD_PROJECT,
  log: (message) => process.stderr.write(`${message}\n`),
});

const stop = (): void => void server.close().finally(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (process.send) {
  process.once('disconnect', stop);
  process.send({ ready: { url: server.url } });
} else {
  process.stdout.write(`The relay is listening: ${server.url}\n`);
}
