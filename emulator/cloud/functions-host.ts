import { fileURLToPath } from 'node:url';

/** What can serve the functions: the small host on `node:http`, or Google's functions-framework. */
export const FUNCTIONS_HOSTS = ['node', 'functions-framework'] as const;
export type FunctionsHost = (typeof FUNCTIONS_HOSTS)[number];

const FUNCTIONS = new URL('../../functions/', import.meta.url);

/**
 * Megabytes. Most of what a request makes lives as long as its acknowledgement takes: with room for it, little is copied by the
 * collector (two thirds of the CPU of 16 at full load). With more, bodies that were read long ago are freed so late that the whole heap is
 * collected every two seconds, which a quiet tenant notices beside a busy one (`npm run bench -- fairness`).
 */
const NODE_ARGUMENTS = ['--max-semi-space-size=32'];

/** What Node is to run, and with which environment beside the functions' own. */
export interface Program {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** A host's program. */
export function programOf(host: FunctionsHost): Program {
  if (host === 'node') return { args: [...NODE_ARGUMENTS, fileURLToPath(new URL('main.ts', FUNCTIONS))], env: {} };
  // Its package names no way to its program but this.
  const script = new URL('main.js', import.meta.resolve('@google-cloud/functions-framework'));
  return {
    args: [...NODE_ARGUMENTS, fileURLToPath(script)],
    env: {
      FUNCTION_SOURCE: fileURLToPath(new URL('function.ts', FUNCTIONS)),
      FUNCTION_TARGET: 'headgate',
      NODE_ENV: 'production',
    },
  };
}
