import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from './free-ports.ts';
import { isInstalled } from './installed.ts';

/** One of Google's own emulators, which gcloud runs. */
export interface GoogleEmulator {
  /** `host:port`, as PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST name it. */
  readonly host: string;
  close(): Promise<void>;
}

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

/** @returns why Google's emulators cannot run on this machine; undefined where they can. */
export function missingForGoogleEmulators(): string | undefined {
  const missing = ['gcloud', 'java'].find((command) => !isInstalled(command));
  return missing && `${missing} is not installed`;
}

/**
 * Starts one on a free port, and waits until it has answered a write. It ends with this process, unless that is killed by
 * SIGKILL.
 * @throws {Error} where it ends, or does not answer within a minute.
 */
export async function startGoogleEmulator(name: keyof typeof FIRST_WRITES): Promise<GoogleEmulator> {
  const missing = missingForGoogleEmulators();
  if (missing !== undefined) throw new Error(`${name}: ${missing}`);
  const [port] = await freePorts(1);
  const host = `127.0.0.1:${port}`;
  const child = spawn(
    'gcloud',
    ['beta', 'emulators', name, 'start', `--host-port=${host}`, '--project=headgate-local'],
    { detached: true, stdio: 'ignore', env: { ...process.env, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' } },
  );
  const exited = once(child, 'exit');
  // A group of its own: gcloud does not end the Java program that it starts.
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
  };
  process.once('exit', kill);
  const close = async (): Promise<void> => {
    process.removeListener('exit', kill);
    kill();
    await exited;
  };
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
    await close();
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return { host, close };
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
