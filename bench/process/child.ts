import { fork } from 'node:child_process';
import { once } from 'node:events';
import { endProcess } from '#emulator/cloud/child-server.ts';

/** A process of the benchmark's own, asked over its IPC channel, one question at a time. */
export interface Child {
  readonly pid: number;
  /** What it sent when it was ready. */
  readonly greeting: unknown;
  /** @throws {Error} where it ends, or does not answer within `timeoutMs`. */
  ask(question: object, timeoutMs: number): Promise<unknown>;
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Starts `entry` and waits for its first message. The process must end when its channel is closed.
 *
 * @throws {Error} where it ends or stays silent instead.
 */
export async function startChild(entry: URL, env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Child> {
  const child = fork(entry, [...args], {
    env,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const name = entry.pathname.split('/').at(-1);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${name} ended (${signal ?? code})`);
  });
  ended.catch(() => undefined);
  const answer = async (timeoutMs: number): Promise<unknown> => {
    const signal = AbortSignal.timeout(timeoutMs);
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  };
  try {
    return {
      pid: child.pid ?? 0,
      greeting: await answer(READY_TIMEOUT_MS),
      ask: (question, timeoutMs) => {
        child.send(question);
        return answer(timeoutMs);
      },
      close: () => endProcess(child, CLOSE_TIMEOUT_MS),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
