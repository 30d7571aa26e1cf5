import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '#emulator/cloud/free-port.ts';

/**
 * The end-to-end suite once more, against Google's own Pub/Sub and Firestore emulators instead of ours. Skipped, with the
 * reason, where gcloud, the emulators or Java are not installed.
 */
const START_TIMEOUT_MS = 60_000;

/** A first write. Either program listens long before it has loaded what it takes to answer one within a client's deadline. */
const FIRST_WRITES = {
  pubsub: { method: 'PUT', path: '/v1/projects/warm-up/topics/warm-up', body: '{}' },
  firestore: {
    method: 'PATCH',
    path: '/v1/projects/warm-up/databases/(default)/documents/warm/up',
    body: '{"fields":{}}',
  },
} as const;

function missing(): string | undefined {
  for (const command of ['gcloud', 'java']) {
    try {
      execFileSync('which', [command], { stdio: 'ignore' });
    } catch {
      return `${command} is not installed`;
    }
  }
  return undefined;
}

/**
 * @param stops is told how to end it before anything can go wrong.
 * @returns where it listens.
 */
async function startEmulator(name: keyof typeof FIRST_WRITES, stops: (() => void)[]): Promise<string> {
  const host = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'gcloud',
    ['beta', 'emulators', name, 'start', `--host-port=${host}`, '--project=headgate-local'],
    {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
    },
  );
  stops.push(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  });
  try {
    await listening(host, child);
    const { path, ...write } = FIRST_WRITES[name];
    const answer = await fetch(`http://${host}${path}`, {
      ...write,
      headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
      signal: AbortSignal.timeout(START_TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`answers ${answer.status}: ${await answer.text()}`);
    await answer.body?.cancel();
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return host;
}

async function listening(host: string, child: ChildProcess): Promise<void> {
  const [address, port] = host.split(':');
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const socket = connect(Number(port), address);
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    if (child.exitCode !== null) throw new Error(`gcloud ended with ${child.exitCode}: is the emulator installed?`);
    if (performance.now() > deadline) throw new Error(`does not listen after ${START_TIMEOUT_MS} ms`);
    await delay(100);
  }
}

async function main(): Promise<number> {
  const reason = missing();
  if (reason !== undefined) {
    process.stdout.write(`skipped: the suite against Google's emulators: ${reason}\n`);
    return 0;
  }
  const stops: (() => void)[] = [];
  const stop = (): void => stops.splice(0).forEach((each) => each());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop();
      process.exit(1);
    });
  }
  try {
    const pubsub = await startEmulator('pubsub', stops);
    const firestore = await startEmulator('firestore', stops);
    process.stdout.write(`Google's emulators: Pub/Sub ${pubsub}, Firestore ${firestore}\n`);
    const suite = spawn('vitest', ['run', '--project', 'e2e', ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: { ...process.env, PUBSUB_EMULATOR_HOST: pubsub, FIRESTORE_EMULATOR_HOST: firestore },
    });
    stops.push(() => suite.kill());
    const [code] = await once(suite, 'exit');
    return Number(code ?? 1);
  } finally {
    stop();
  }
}

process.exitCode = await main();
