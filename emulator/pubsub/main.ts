import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';

// Compiling is most of what starting costs, and from the second start on it is done. What is imported above is not cached.
enableCompileCache();
const { startPubSub } = await import('./index.ts');

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8085' },
    'backoff-scale': { type: 'string', default: '1' },
    bigquery: { type: 'string' },
    'max-held-bytes': { type: 'string' },
    storage: { type: 'string' },
    faults: { type: 'boolean', default: false },
  },
});

/** @throws Error naming the option */
function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new Error(`--${option}: "${text}" is not a number of 0 or more`);
  }
  return number;
}

const heldBytes = values['max-held-bytes'];
const server = await startPubSub({
  host: values.host,
  port: numberOf('port', values.port),
  backoffScale: numberOf('backoff-scale', values['backoff-scale']),
  storageDirectory: values.storage,
  faults: values.faults,
  bigqueryUrl: values.bigquery ?? process.env['BIGQUERY_EMULATOR_HOST'],
  ...(heldBytes !== undefined && { maxHeldBytes: numberOf('max-held-bytes', heldBytes) }),
  log: (message) => process.stderr.write(`${message}\n`),
});

const stop = (): void => void server.close().finally(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (process.send) {
  process.once('disconnect', stop);
  process.send({ ready: { address: server.address } });
} else {
  process.stdout.write(`Pub/Sub is listening: PUBSUB_EMULATOR_HOST=${server.address}\n`);
}
