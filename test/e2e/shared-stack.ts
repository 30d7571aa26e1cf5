import { inject } from 'vitest';
import type { TestStack } from '#test/stack/start-stack.ts';

/** A stack that other files use at the same time, and which is not theirs to stop. */
export type SharedStack = Omit<TestStack, 'output' | 'processes' | 'killFunctions' | 'stop'>;

/**
 * The stack of files that only send, read and onboard: starting one takes more of the machine than most files do. Subjects, ids
 * and tenants of a file's own keep them apart. Who kills, injects faults or floods starts its own.
 */
export function sharedStack(): SharedStack {
  return inject('sharedStack');
}
