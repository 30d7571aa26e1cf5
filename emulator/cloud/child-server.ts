import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

/** One of our emulators in a process of its own. */
export interface ChildServer {
  /** `host:port`, or a URL where the server speaks HTTP. */
  readonly address: string;
  /** Ends the process: SIGTERM, then SIGKILL after a second. */
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 1_000;

const Ready = z.object({ ready: z.object({ address: z.string().optional(), url: z.string().optional() }) });

/**
 * Starts a server's entry file and waits until it says that it listens.
 *
 * The child is a process group of its own: a Ctrl-C in the terminal reaches only the parent, which ends its children in
 * order. Should the parent die, the child sees its channel close, and ends by itself.
 *
 * @param onExit called where the process ends although nobody asked it to.
 * @throws {Error} where it ends or stays silent instead of listening.
 */
export async function startChildServer(
  entry: URL,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onExit: (reason: string) => void,
): Promise<ChildServer> {
  const child = fork(entry, [...args], { detached: true, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let closing = false;
  const ended = once(child, 'exit').then(
    ([code, signal]) => `${entry.pathname.split('/').slice(-2).join('/')} ended (${signal ?? code})`,
  );
  void ended.then((reason) => {
    if (!closing) onExit(reason);
  });
  try {
    const address = await readyAddress(child, ended);
    return {
      address,
      close: async () => {
        closing = true;
        await endProcess(child, CLOSE_TIMEOUT_MS);
      },
    };
  } catch (error) {
    closing = true;
    child.kill('SIGKILL');
    throw error;
  }
}

/** Ends a process: `signal`, and SIGKILL where it has not ended after `timeoutMs`. Resolves when it is gone. */
export async function endProcess(
  child: ChildProcess,
  timeoutMs: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await exited;
  clearTimeout(killer);
}

async function readyAddress(child: ChildProcess, ended: Promise<string>): Promise<string> {
  const message = once(child, 'message', { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
  const first = await Promise.race([message, ended]);
  if (typeof first === 'string') throw new Error(`${first} before it listened`);
  const { ready } = Ready.parse(first[0]);
  const address = ready.address ?? ready.url;
  if (address === undefined) throw new Error('a server did not say where it listens');
  return address;
}
