import { AsyncLocalStorage } from 'node:async_hooks';
import { runtime } from '@pulumi/pulumi';
import * as state from '@pulumi/pulumi/runtime/state.js';

export interface ProgramRun {
  /** The program's entry point: a module whose default export, if it is a function, is called for each run. */
  readonly program: URL;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** By full key, `project:key`. */
  readonly config: Readonly<Record<string, string>>;
  /** `host:port` of the resource monitor and engine. */
  readonly monitorAddress: string;
}

/**
 * Gives what is called in it a Pulumi runtime of its own, so that what is left of a failed run cannot reach into the next.
 * The Automation API runs inline programs with it; the package's type declarations leave it out.
 */
const { withLocalStorage } = state as unknown as { withLocalStorage<T>(callback: () => Promise<T>): Promise<T> };

/** Resource operations under way at once. */
const PARALLEL = 16;

/** Says of a rejection nobody handled which run it comes from. */
const currentRun = new AsyncLocalStorage<ProgramRun>();

/**
 * Runs a Pulumi program in this process, as Pulumi's language host does: entry point, stack, configuration and outputs are
 * the same.
 *
 * @throws what the program threw, wherever: also what was thrown inside an `apply`, which nobody awaits
 */
export async function runProgram(run: ProgramRun): Promise<void> {
  const escaped = Promise.withResolvers<never>();
  escaped.promise.catch(() => undefined);
  const onRejection = (reason: unknown): void => {
    if (currentRun.getStore() === run) escaped.reject(reason);
    else throw reason;
  };
  process.on('unhandledRejection', onRejection);
  try {
    await currentRun.run(run, () =>
      withLocalStorage(async () => {
        const { project, stack, monitorAddress, organization } = run;
        runtime.resetOptions(project, stack, PARALLEL, monitorAddress, monitorAddress, false, organization);
        runtime.setAllConfig({ ...run.config });
        await Promise.race([runToEnd(run.program), escaped.promise]);
      }),
    );
  } finally {
    process.off('unhandledRejection', onRejection);
  }
}

async function runToEnd(program: URL): Promise<void> {
  await runtime.runInPulumiStack(async () => {
    const module = (await import(program.href)) as Readonly<Record<string, unknown>>;
    const entry = module.default ?? module;
    return (typeof entry === 'function' ? await entry() : entry) as Record<string, unknown>;
  });
  await runtime.disconnect(true);
}
