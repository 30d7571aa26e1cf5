import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess } from './child-server.ts';
import type { Program } from './functions-host.ts';

/** What became of a kill. */
export interface Killed {
  /** Process id of the instance that was killed. */
  readonly killedPid: number;
  /** Process id of the one that is ready in its place. */
  readonly pid: number;
}

/** The functions' process, kept alive. */
export interface FunctionsProcess {
  /** Process id of the instance that lives and is ready; undefined while none is, between an end and the next start, say. */
  pid(): number | undefined;
  /**
   * Resolves when an instance has said that it listens and `GET {url}/readyz` has answered 200. The answer alone would
   * not do: where the port was taken in the meantime, it is somebody else's.
   *
   * @returns its process id.
   * @throws {Error} after `timeoutMs`, and when it is closed.
   */
  ready(timeoutMs: number): Promise<number>;
  /**
   * Kills the instance that is ready with SIGKILL, as a dying instance of Cloud Run, waiting for one where none is. Resolves
   * when that very process has ended and the next is ready. Kills take turns: two of them kill two processes.
   *
   * @throws {Error} where none is ready within `timeoutMs`, before the kill or after it.
   */
  kill(timeoutMs: number): Promise<Killed>;
  close(timeoutMs: number): Promise<void>;
}

/** What an instance that ends is replaced after: at once the first time, slower while it keeps ending. */
const RESTART_DELAYS_MS = [0, 100, 500, 2_000, 5_000];
/** An instance that lived this long was sound: the next end counts as a first one. */
const SOUND_AFTER_MS = 5_000;
const PROBE_INTERVAL_MS = 20;

export interface FunctionsProcessOptions {
  readonly program: Program;
  readonly env: NodeJS.ProcessEnv;
  /** Where it listens, as `env` says. */
  readonly url: string;
  /** File descriptor of what takes all that it prints, opened to append, so that several may share it. */
  readonly logFd: number;
  /** Told of each end. */
  readonly report: (message: string) => void;
}

/**
 * Runs the functions in a process that may be killed at any time, as Cloud Run's instances may: another is started on
 * the same port.
 */
export function startFunctionsProcess({ program, env, url, logFd, report }: FunctionsProcessOptions): FunctionsProcess {
  const closing = new AbortController();
  const events = new EventEmitter<{ ready: [] }>();
  /** The instance that runs or was the last to. */
  let child: ChildProcess | undefined;
  /** The instance that is ready. Never one whose end is known. */
  let readyChild: (ChildProcess & { readonly pid: number }) | undefined;

  /** Notes that an instance is ready, once it is. */
  const watch = async (started: ChildProcess): Promise<void> => {
    const ended = new AbortController();
    started.once('exit', () => {
      ended.abort();
      readyChild = undefined;
    });
    // Its one message is `{ready: {url}}`: the port is its own.
    await once(started, 'message', { signal: ended.signal });
    while (!(await answers(`${url}/readyz`))) await delay(PROBE_INTERVAL_MS, undefined, { signal: ended.signal });
    if (ended.signal.aborted || !hasPid(started)) return;
    readyChild = started;
    events.emit('ready');
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted;) {
      const startedAt = performance.now();
      child = spawn(process.execPath, program.args, {
        detached: true,
        env: { ...env, ...program.env },
        stdio: ['ignore', logFd, logFd, 'ipc'],
      });
      // It fails where the instance ends before it is ready.
      void watch(child).catch(() => undefined);
      const [code, signal] = await once(child, 'exit');
      if (closing.signal.aborted) return;
      failures = performance.now() - startedAt > SOUND_AFTER_MS ? 0 : failures + 1;
      report(`functions ended (${signal ?? code}); starting again`);
      await delay(RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length) - 1] ?? 0, undefined, closing).catch(
        () => undefined,
      );
    }
  };
  const running = run();

  const whenReady = async (timeoutMs: number): Promise<NonNullable<typeof readyChild>> => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
    for (;;) {
      if (readyChild !== undefined) return readyChild;
      await once(events, 'ready', { signal }).catch(() => {
        throw new Error('the functions are not ready; their log says why');
      });
    }
  };
  const killOne = async (timeoutMs: number): Promise<Killed> => {
    const killed = await whenReady(timeoutMs);
    await endProcess(killed, timeoutMs, 'SIGKILL');
    const { pid } = await whenReady(timeoutMs);
    return { killedPid: killed.pid, pid };
  };
  let lastKill: Promise<unknown> = Promise.resolve();

  return {
    pid: () => readyChild?.pid,
    ready: async (timeoutMs) => (await whenReady(timeoutMs)).pid,
    kill: (timeoutMs) => {
      const kill = lastKill.then(() => killOne(timeoutMs));
      lastKill = kill.catch(() => undefined);
      return kill;
    },
    close: async (timeoutMs) => {
      closing.abort();
      if (child) await endProcess(child, timeoutMs);
      await running;
    },
  };
}

const hasPid = (child: ChildProcess): child is ChildProcess & { readonly pid: number } => child.pid !== undefined;

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
