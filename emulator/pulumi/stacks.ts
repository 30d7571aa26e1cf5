import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { type AppliedResource, Deployment } from './deployment.ts';
import { serveMonitor } from './monitor-server.ts';
import type { Properties } from './properties.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { type Program, runProgram } from './run-program.ts';
import { EMPTY_STACK, type StackState } from './stack-state.ts';

/** Where stacks live when nobody says otherwise; Pulumi's own name for it. */
const ORGANIZATION = 'organization';

export interface Up {
  /** Pulumi project; with `stack` it names the state that a second `up` goes on from. */
  readonly project: string;
  readonly stack: string;
  readonly program: Program;
  /** By full key, `project:key`; an object or number as JSON. */
  readonly config: Readonly<Record<string, string>>;
  readonly onProgress?: (resource: AppliedResource) => void;
}

export interface UpResult {
  /** The stack's outputs, secrets in the clear. */
  readonly outputs: Properties;
  readonly secretOutputs: ReadonlySet<string>;
  readonly resources: readonly AppliedResource[];
}

/** Stacks of a local cloud, remembered for as long as this object is. */
export interface Stacks {
  /**
   * `pulumi up` without preview. Runs one after another; a stack that was applied before is brought into line, and nothing
   * is made twice.
   *
   * @throws naming the URN of the resource that failed, or what the program itself threw
   */
  up(up: Up): Promise<UpResult>;
}

export interface StacksOptions {
  readonly handlers: ReadonlyMap<string, ResourceHandler>;
  /** Bound of each single call to a local server. */
  readonly resourceDeadlineMs?: number;
  /** Bound of a whole run: a program that waits for ever ends here. */
  readonly runDeadlineMs?: number;
}

export function createStacks(options: StacksOptions): Stacks {
  const { handlers, resourceDeadlineMs = 10_000, runDeadlineMs = 60_000 } = options;
  const states = new Map<string, StackState>();
  let last: Promise<unknown> = Promise.resolve();

  const run = async ({ project, stack, program, config, onProgress }: Up): Promise<UpResult> => {
    const fullName = `${ORGANIZATION}/${project}/${stack}`;
    const deployment = new Deployment({
      project,
      stack,
      previous: states.get(fullName) ?? EMPTY_STACK,
      handlers,
      readStack: (name) => states.get(name),
      onProgress: onProgress ?? (() => undefined),
      deadlineMs: resourceDeadlineMs,
    });
    const monitor = await serveMonitor(deployment);
    try {
      const running = runProgram({
        program,
        organization: ORGANIZATION,
        project,
        stack,
        config,
        monitorAddress: monitor.address,
      });
      running.catch(() => undefined);
      await withDeadline(Promise.race([monitor.failed, running]), runDeadlineMs, `${project}/${stack}`);
    } finally {
      monitor.close();
      // What was under way when the run failed is part of what now exists.
      await deployment.settled();
      states.set(fullName, deployment.state);
    }
    const { outputs, secretOutputs } = deployment.state;
    return { outputs, secretOutputs, resources: deployment.applied };
  };

  return {
    up: (up) => {
      const next = last.then(() => run(up));
      last = next.catch(() => undefined);
      return next;
    },
  };
}
