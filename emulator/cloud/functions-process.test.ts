import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HttpServer, serveHttp } from '../process/http-server.ts';
import { type FunctionsProcess, startFunctionsProcess } from './functions-process.ts';

const READY_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 2_000;

let directory: string;
let functions: FunctionsProcess | undefined;
let stranger: HttpServer | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'headgate-'));
});
afterEach(async () => {
  await functions?.close(CLOSE_TIMEOUT_MS);
  await stranger?.close();
  await rm(directory, { recursive: true, force: true });
});

/** The functions on `port`, with nothing behind them. */
function start(port: number, report: (message: string) => void): FunctionsProcess {
  const nothing = '127.0.0.1:1';
  const env = {
    GOOGLE_CLOUD_PROJECT: 'headgate-local',
    PUBSUB_EMULATOR_HOST: nothing,
    FIRESTORE_EMULATOR_HOST: nothing,
  };
  const api = `http://127.0.0.1:${port}`;
  return startFunctionsProcess(
    'node',
    { ...process.env, ...env, HOST: '127.0.0.1', PORT: String(port), PUSH_AUDIENCE: api },
    api,
    directory,
    report,
  );
}

test('where a stranger has taken the port and answers that it is ready, the functions are not', async () => {
  stranger = await serveHttp(() => new Response());
  const ended = Promise.withResolvers<string>();
  functions = start(stranger.port, ended.resolve);
  const ready = functions.ready(READY_TIMEOUT_MS).then(
    () => 'ready',
    (error: Error) => error.message,
  );
  expect(await ended.promise).toBe('functions ended (1); starting again');
  await functions.close(CLOSE_TIMEOUT_MS);
  expect(await ready).toContain('not ready');
});
