import { parseArgs } from 'node:util';
import { startBigQuery } from './index.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9050' },
  },
});

const server = await startBigQuery({ host: values.host, port: Number(values.port) });
if (process.send === undefined) process.stdout.write(`BigQuery on ${server.url}\n`);
else process.send({ ready: { url: server.url } });

const stop = (): void => void server.close().finally(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', stop);
