import type { TestProject } from 'vitest/node';
import { startStack } from '#test/stack/start-stack.ts';
import type { SharedStack } from './shared-stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    sharedStack: SharedStack;
  }
}

/** Starts the stack that files share which break nothing. */
export async function setup({ provide }: TestProject): Promise<() => Promise<unknown>> {
  const stack = await startStack();
  const { project, api, pubsub, firestore, bigquery, tenants, directory } = stack;
  provide('sharedStack', { project, api, pubsub, firestore, bigquery, tenants, directory });
  return () => stack.stop();
}
