import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess } from './child-server.ts';
import { type FunctionsHost, programOf } from './functions-host.ts';

/** The functions' process, kept alive. */
export interface FunctionsProcess {
  /** Process id of the instance that runs now; another one after each restart. */
  pid(): number | undefined;
  /**
   * Resolves when the instance that runs now has said that it listens, and `GET {api}/readyz` answers 200. The answer alone
   * would not do: where the port was taken in the meantime, it is somebody else's.
   *
   * @throws {Error} after `timeoutMs`, and when it is closed.
   */
  ready(timeoutMs: number): Promise<void>;
  close(timeoutMs: number): Promise<void>;
}

/** What an instance that ends is replaced after: at once the first time, slower while it keeps ending. */
const RESTART_DELAYS_MS = [0, 100, 500, 2_000, 5_000];
/** An instance that lived this long was sound: the next end counts as a first one. */
const SOUND_AFTER_MS = 5_000;

/**
 * Runs the functions in a process that may be killed at any time, as Cloud Run's instances may: another is started on
 * the same port. Their structured log goes to `{directory}/functions.log`.
 */
export function startFunctionsProcess(
  host: FunctionsHost,
  env: NodeJS.ProcessEnv,
  api: string,
  directory: string,
  report: (message: string) => void,
): FunctionsProcess {
  mkdirSync(directory, { recursive: true });
  const log = createWriteStream(join(directory, 'functions.log'));
  const { args, env: hostEnv } = programOf(host);
  const closing = new AbortController();
  let child: ChildProcess | undefined;
  /** The instance that has said that it listens. */
  let listening: ChildProcess | undefined;

  const run = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted;) {
      const startedAt = performance.now();
      const started = spawn(process.execPath, args, {
        detached: true,
        env: { ...env, ...hostEnv },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      // Its one message is `{ready: {url}}`: the port is its own.
      started.once('message', () => (listening = started));
      child = started;
      started.stdout?.pipe(log, { end: false });
      started.stderr?.pipe(log, { end: false });
      const [code, signal] = await once(started, 'exit');
      listening = undefined;
      if (closing.signal.aborted) return;
      failures = performance.now() - startedAt > SOUND_AFTER_MS ? 0 : failures + 1;
      report(`functions ended (${signal ?? code}); starting again`);
      await delay(RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length) - 1] ?? 0, undefined, closing).catch(
        () => undefined,
      );
    }
  };
  const running = run();
  const isReady = async (): Promise<boolean> =>
    listening !== undefined && listening === child && (await answers(`${api}/readyz`));

  return {
    pid: () => child?.pid,
    ready: async (timeoutMs) => {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      while (!(await isReady())) {
        if (signal.aborted) throw new Error(`the functions are not ready; see ${join(directory, 'functions.log')}`);
        await delay(20);
      }
    },
    close: async (timeoutMs) => {
      closing.abort();
      if (child) await endProcess(child, timeoutMs);
      await running;
      log.end();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
