import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type PubSubServer, startPubSub } from '#emulator/pubsub/index.ts';
import { isAlive } from '../process/is-alive.ts';
import { type HttpServer, serveHttp } from '../process/http-server.ts';
import { freePorts } from './free-ports.ts';
import { programOf } from './functions-host.ts';
import { type FunctionsProcess, startFunctionsProcess } from './functions-process.ts';

const READY_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 2_000;

let functions: FunctionsProcess | undefined;
let stranger: HttpServer | undefined;
let pubsub: PubSubServer;
let logFd: number;

beforeAll(async () => {
  logFd = openSync(devNull, 'a');
  pubsub = await startPubSub({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  closeSync(logFd);
  await pubsub.close();
});
afterEach(async () => {
  await functions?.close(CLOSE_TIMEOUT_MS);
  await stranger?.close();
});

/** The functions on `port`, with nothing behind them but Pub/Sub, without which they are not ready. */
function start(port: number, report: (message: string) => void): FunctionsProcess {
  const env = {
    GOOGLE_CLOUD_PROJECT: 'headgate-local',
    PUBSUB_EMULATOR_HOST: pubsub.address,
    FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
  };
  const api = `http://127.0.0.1:${port}`;
  return startFunctionsProcess({
    program: programOf('node'),
    env: { ...process.env, ...env, HOST: '127.0.0.1', PORT: String(port), PUSH_AUDIENCE: api },
    url: api,
    logFd,
    report,
  });
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

test('two kills at once kill two processes, and a process id is that of one that lives and is ready, or none', async () => {
  const [port = 0] = await freePorts(1);
  const pidsAtEnd: (number | undefined)[] = [];
  const process = start(port, () => pidsAtEnd.push(process.pid()));
  functions = process;
  expect(process.pid()).toBeUndefined();

  const first = await process.ready(READY_TIMEOUT_MS);
  expect(process.pid()).toBe(first);
  const [one, two] = await Promise.all([process.kill(READY_TIMEOUT_MS), process.kill(READY_TIMEOUT_MS)]);

  expect(one.killedPid).toBe(first);
  expect(two.killedPid).toBe(one.pid);
  expect(new Set([one.killedPid, two.killedPid, two.pid]).size).toBe(3);
  expect(process.pid()).toBe(two.pid);
  expect([one.killedPid, two.killedPid, two.pid].map(isAlive)).toEqual([false, false, true]);
  expect(pidsAtEnd).toEqual([undefined, undefined]);
});

test('what is closed kills nothing', async () => {
  const [port = 0] = await freePorts(1);
  functions = start(port, () => undefined);
  await functions.ready(READY_TIMEOUT_MS);
  const killed = functions.kill(READY_TIMEOUT_MS).catch(String);
  await functions.close(CLOSE_TIMEOUT_MS);
  expect(await killed).toContain('not ready');
});
