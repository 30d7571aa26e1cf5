import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './functions-host.ts';
import { type FunctionsProcess, startFunctionsProcess } from './functions-process.ts';

export interface LocalFunctionsOptions {
  readonly program: Program;
  /** Beside what says which functions a process serves, and where. */
  readonly env: NodeJS.ProcessEnv;
  /** Ports on 127.0.0.1: of what customers ask, and of what Pub/Sub pushes to. */
  readonly ports: { readonly api: number; readonly decide: number };
  /** Folder of `functions.log`. */
  readonly directory: string;
  readonly report: (message: string) => void;
}

/**
 * Runs the functions as the cloud does: those that customers ask in one process, and `decide`, which Pub/Sub pushes to, in
 * another. In one process, pushes and requests would wait for each other. Both write to `{directory}/functions.log`.
 *
 * @returns what stands for both: its process id is that of the one that customers ask, and a kill kills both.
 */
export function startLocalFunctions(options: LocalFunctionsOptions): FunctionsProcess {
  const { program, env, ports, directory, report } = options;
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'functions.log');
  closeSync(openSync(path, 'w'));
  // To append: a block of lines that one process writes is never within another's. And nobody has to pass it on.
  const logFd = openSync(path, 'a');
  const start = (port: number, functions: NodeJS.ProcessEnv): FunctionsProcess => {
    const url = `http://127.0.0.1:${port}`;
    const own = { HOST: '127.0.0.1', PORT: String(port), ...functions };
    return startFunctionsProcess({ program, env: { ...env, ...own }, url, logFd, report });
  };
  const api = start(ports.api, {});
  const decide = start(ports.decide, { FUNCTIONS: 'decide' });
  return {
    pid: () => api.pid(),
    ready: async (timeoutMs) => {
      const [pid] = await Promise.all([api.ready(timeoutMs), decide.ready(timeoutMs)]);
      return pid;
    },
    kill: async (timeoutMs) => {
      const [killed] = await Promise.all([api.kill(timeoutMs), decide.kill(timeoutMs)]);
      return killed;
    },
    close: async (timeoutMs) => {
      await Promise.all([api.close(timeoutMs), decide.close(timeoutMs)]);
      closeSync(logFd);
    },
  };
}
