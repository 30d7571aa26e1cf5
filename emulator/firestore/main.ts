import { parseArgs } from 'node:util';
import { startFirestore } from './index.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8086' },
  },
});

const server = await startFirestore({ host: values.host, port: Number(values.port) });
if (process.send === undefined) process.stdout.write(`Firestore on ${server.address}\n`);
else process.send({ ready: { address: server.address } });

const stop = (): void => void server.close().finally(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', stop);
