import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readStack } from '#emulator/cloud/stack-file.ts';
import type { Stack } from '#emulator/cloud/stack-file.ts';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { controlUrlOf } from './onboard.ts';

/** A local cloud of a test's own, as `npm start -- --port 0` starts it. */
export interface TestStack extends Stack {
  /** Its `HEADGATE_DIR`. */
  readonly directory: string;
  /** All it printed until now. */
  output(): string;
  /** Ids of the stack's process and of all that it started. */
  processes(): number[];
  /**
   * Kills the functions' process with SIGKILL, as a dying instance. Resolves when another one is ready.
   *
   * @returns the id of the process that was killed.
   */
  killFunctions(): Promise<number>;
  /**
   * Stops it with `signal` and waits for its end. Where it has ended already, that is all.
   *
   * @returns its exit code.
   * @throws {Error} where it takes longer than anybody waits.
   */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What `npm start` runs. */
export const STACK_ENTRY = new URL('../../emulator/main.ts', import.meta.url).pathname;
const START_TIMEOUT_MS = 40_000;
/** Five times what a Ctrl-C promises a person. */
const STOP_TIMEOUT_MS = 10_000;
const KILL_TIMEOUT_MS = 45_000;
const Killed = z.object({ killedPid: z.number() });

/**
 * Starts a stack on free ports in a folder of its own. It is there as soon as `stack.json` is: all that the file names is up.
 *
 * @throws {Error} with what it printed, where it ends or is not ready in time.
 */
export async function startStack(env: NodeJS.ProcessEnv = {}, args: readonly string[] = []): Promise<TestStack> {
  const directory = await mkdtemp(join(tmpdir(), 'headgate-'));
  const appeared = fileIn(directory, 'stack.json');
  const child = spawn(process.execPath, [STACK_ENTRY, '--port', '0', ...args], {
    env: { ...process.env, ...projectOfItsOwn(), ...env, HEADGATE_DIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the stack ended with ${code}`)));
  const started = Promise.race([appeared, ended]);
  try {
    await withDeadline(started, START_TIMEOUT_MS, 'starting a stack');
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}:\n${output}`, { cause: error });
  }
  const stack = await readStack(directory);
  return {
    ...stack,
    directory,
    output: () => output,
    processes: () => descendants(child.pid ?? 0),
    killFunctions: () => killFunctions(directory),
    stop: async (signal = 'SIGINT') => {
      const code = await stop(child, signal);
      await rm(directory, { recursive: true, force: true });
      return code;
    },
  };
}

/** Resolves when the file is there. It is renamed into place: whoever sees it reads all of it. */
function fileIn(directory: string, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(directory, (_, changed) => changed === name && resolve());
  return promise.finally(() => watcher.close());
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

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await withDeadline(exited, STOP_TIMEOUT_MS, 'stopping a stack').catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
  }
  return child.exitCode;
}

async function killFunctions(directory: string): Promise<number> {
  const url = `${await controlUrlOf(directory)}/functions`;
  const answer = await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(KILL_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return Killed.parse(await answer.json()).killedPid;
}
