import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readStack } from '#emulator/cloud/stack-file.ts';
import type { Stack } from '#emulator/cloud/stack-file.ts';

/** A local cloud of a test's own, as `npm start -- --port 0` starts it. */
export interface TestStack extends Stack {
  /** Its `HEADGATE_DIR`. */
  readonly directory: string;
  /** All it printed until now. */
  output(): string;
  /** Ids of the stack's process and of all that it started. */
  processes(): number[];
  /** Kills the functions' process with SIGKILL, as a dying instance. Resolves when another one answers. */
  killFunctions(): Promise<void>;
  /** Stops it with `signal` and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }>;
}

const ENTRY = new URL('../../emulator/main.ts', import.meta.url).pathname;
const START_TIMEOUT_MS = 40_000;
const Control = z.object({ url: z.url() });
const Functions = z.object({ pid: z.number().optional() });

/**
 * Starts a stack on free ports in a folder of its own.
 *
 * @throws {Error} with what it printed, where it ends or is not ready in time.
 */
export async function startStack(env: NodeJS.ProcessEnv = {}, args: readonly string[] = []): Promise<TestStack> {
  const directory = await mkdtemp(join(tmpdir(), 'headgate-'));
  const child = spawn(process.execPath, [ENTRY, '--port', '0', ...args], {
    env: { ...process.env, ...projectOfItsOwn(), ...env, HEADGATE_DIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('Headgate is up')) resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code) => reject(new Error(`the stack ended with ${code}:\n${output}`)));
    setTimeout(() => reject(new Error(`the stack is not ready:\n${output}`)), START_TIMEOUT_MS).unref();
  });
  try {
    await ready;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const stack = await readStack(directory);
  return {
    ...stack,
    directory,
    output: () => output,
    processes: () => descendants(child.pid ?? 0),
    killFunctions: () => killFunctions(directory, stack.api),
    stop: async (signal = 'SIGINT') => {
      const stopped = await stop(child, signal);
      await rm(directory, { recursive: true, force: true });
      return stopped;
    },
  };
}

/** Where the Pub/Sub server is not the stack's own, several stacks share it: a project each keeps them apart. */
function projectOfItsOwn(): NodeJS.ProcessEnv {
  if (process.env['PUBSUB_EMULATOR_HOST'] === undefined) return {};
  return { GOOGLE_CLOUD_PROJECT: `headgate-local-${randomBytes(4).toString('hex')}` };
}

function descendants(root: number): number[] {
  const pairs = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) found.push(...pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid ?? 0));
  return found;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }> {
  const startedAt = performance.now();
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return { code: child.exitCode, tookMs: performance.now() - startedAt };
}

async function killFunctions(directory: string, api: string): Promise<void> {
  const { url } = Control.parse(JSON.parse(await readFile(join(directory, 'control.json'), 'utf8')));
  const pidOf = async (): Promise<number | undefined> => {
    const answer = await fetch(`${url}/functions`, { signal: AbortSignal.timeout(1_000) });
    return Functions.parse(await answer.json()).pid;
  };
  const killed = await pidOf();
  if (killed === undefined) throw new Error('the functions do not run');
  process.kill(killed, 'SIGKILL');
  const deadline = AbortSignal.timeout(20_000);
  for (;;) {
    deadline.throwIfAborted();
    const answer = await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok && (await pidOf()) !== killed) return;
    await delay(20);
  }
}
