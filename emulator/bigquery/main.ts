import { z } from 'zod';
import { Port, readArguments } from '#emulator/process/read-options.ts';
import { runServer } from '#emulator/process/run-server.ts';
import { startBigQuery } from './index.ts';

const Arguments = z.object({ host: z.string().default('127.0.0.1'), port: Port.default(9050) });

const server = await startBigQuery(readArguments(Arguments, process.argv.slice(2)));
runServer(server, { url: server.url }, `BigQuery is listening: BIGQUERY_EMULATOR_HOST=${server.url}`);
