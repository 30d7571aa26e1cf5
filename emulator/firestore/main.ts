import { z } from 'zod';
import { Port, readArguments } from '#emulator/process/read-options.ts';
import { runServer } from '#emulator/process/run-server.ts';
import { startFirestore } from './index.ts';

const Arguments = z.object({ host: z.string().default('127.0.0.1'), port: Port.default(8086) });

const server = await startFirestore(readArguments(Arguments, process.argv.slice(2)));
runServer(server, { address: server.address }, `Firestore is listening: FIRESTORE_EMULATOR_HOST=${server.address}`);
