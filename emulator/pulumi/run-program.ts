import { AsyncLocalStorage } from 'node:async_hooks';
import { runtime } from '@pulumi/pulumi';
import * as state from '@pulumi/pulumi/runtime/state.js';

/** A program that is a function, the default export of its entry point; what it returns are the stack's outputs. */
export type Program = () => Promise<object>;

export interface ProgramRun {
  readonly program: Program;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** By full key, `project:key`. */
  readonly config: Readonly<Record<string, string>>;
  /** `host:port` of the resource monitor. */
  readonly monitorAddress: string;
}

/**
 * Gives what is called in it a Pulumi runtime of its own, so that what is left of a failed run cannot reach into the next.
 * The Automation API runs inline programs with it; the package's type declarations leave it out.
 */
const { withLocalStorage } = state as unknown as {
  withLocalStorage: <T>(callback: () => Promise<T>) => Promise<T>;
};

/** Resource operations under way at once. */
const PARALLEL = 16;

/** No address for logs: the program prints them. */
const NO_ENGINE = '';

/** The run that an asynchronous step belongs to, for rejections that nobody handles. */
const currentRun = new AsyncLocalStorage<{ fail(reason: unknown): void }>();

/**
 * Runs a Pulumi program in this process, as Pulumi's language host does: entry point, stack, configuration and outputs are
 * the same.
 *
 * @throws what the program threw, wherever: also what was thrown inside an `apply`, which nobody awaits
 */
export async function runProgram(run: ProgramRun): Promise<void> {
  const escaped = Promise.withResolvers<never>();
  // Also after the end of the run: what is left of one that failed goes on failing, and must not end the process.
  if (!process.listeners('unhandledRejection').includes(onRejection)) process.on('unhandledRejection', onRejection);
  // Pulumi takes a stack trace for each of its promises, thousands of them: half of the time a run takes. One frame says
  // where a program threw.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  try {
    await currentRun.run({ fail: escaped.reject }, () =>
      withLocalStorage(async () => {
        const { project, stack, monitorAddress, organization } = run;
        runtime.resetOptions(project, stack, PARALLEL, NO_ENGINE, monitorAddress, false, organization);
        runtime.setAllConfig({ ...run.config });
        await Promise.race([runToEnd(run.program), escaped.promise]);
      }),
    );
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Rejections of others end the process, as they do where nobody listens. */
function onRejection(reason: unknown): void {
  const run = currentRun.getStore();
  if (run === undefined) throw reason;
  run.fail(reason);
}

async function runToEnd(program: Program): Promise<void> {
  await runtime.runInPulumiStack(program);
  await runtime.disconnect(true);
}
