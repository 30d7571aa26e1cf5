import { fileURLToPath } from 'node:url';

/** What can serve the functions: the small host on `node:http`, or Google's functions-framework. */
export const FUNCTIONS_HOSTS = ['node', 'functions-framework'] as const;
export type FunctionsHost = (typeof FUNCTIONS_HOSTS)[number];

const FUNCTIONS = new URL('../../functions/', import.meta.url);

/** What a host runs, and with which environment beside the functions' own. */
export function programOf(host: FunctionsHost): { readonly script: string; readonly env: NodeJS.ProcessEnv } {
  if (host === 'node') return { script: fileURLToPath(new URL('main.ts', FUNCTIONS)), env: {} };
  return {
    // Its package names no way to its program but this.
    script: fileURLToPath(new URL('main.js', import.meta.resolve('@google-cloud/functions-framework'))),
    env: {
      FUNCTION_SOURCE: fileURLToPath(new URL('function.ts', FUNCTIONS)),
      FUNCTION_TARGET: 'headgate',
      NODE_ENV: 'production',
    },
  };
}
