import { readdir } from 'node:fs/promises';
import { startGoogleEmulator } from '#emulator/cloud/google-emulator.ts';
import { z } from 'zod';
import { startChild } from '../process/child.ts';
import { findProcess } from '../process/cpu-time.ts';

/** A Pub/Sub server under test, in a process of its own. */
export interface PubSubServer {
  readonly address: string;
  /** Of the process that serves; undefined where it could not be found. */
  readonly pid: number | undefined;
  /** From starting it until it had answered a first write. */
  readonly readyMs: number;
  close(): Promise<void>;
}

const Greeting = z.object({ ready: z.object({ address: z.string() }) });
const FIRST_WRITE_TIMEOUT_MS = 5_000;

/** @throws {Error} where it does not start. */
export async function startOurs(): Promise<PubSubServer> {
  const startedAt = performance.now();
  const child = await startChild(
    new URL(import.meta.resolve('#emulator/pubsub/main.ts')),
    { ...process.env, METADATA_SERVER_DETECTION: 'none' },
    ['--port', '0'],
  );
  try {
    const { address } = Greeting.parse(child.greeting).ready;
    const answer = await fetch(`http://${address}/v1/projects/warm-up/topics/warm-up`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(FIRST_WRITE_TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`Pub/Sub answers ${answer.status}: ${await answer.text()}`);
    await answer.body?.cancel();
    return { address, pid: child.pid, readyMs: performance.now() - startedAt, close: () => child.close() };
  } catch (error) {
    await child.close();
    throw error;
  }
}

/** Google's emulator, as gcloud starts it. @throws {Error} where it does not start. */
export async function startGoogles(): Promise<PubSubServer> {
  const startedAt = performance.now();
  const emulator = await startGoogleEmulator('pubsub');
  const readyMs = performance.now() - startedAt;
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(Number.isInteger);
  const pid = await findProcess(pids, `--port=${emulator.host.split(':')[1]}`);
  return { address: emulator.host, pid, readyMs, close: () => emulator.close() };
}
