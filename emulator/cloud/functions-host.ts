import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileCacheOf, NODE_ARGUMENTS } from '#infra/platform/bundle/program.ts';

/** What can serve the functions: the small host on `node:http`, or Google's functions-framework. */
export const FUNCTIONS_HOSTS = ['node', 'functions-framework'] as const;
export type FunctionsHost = (typeof FUNCTIONS_HOSTS)[number];

const FUNCTIONS = new URL('../../functions/', import.meta.url);

/** What Node is to run, and with which environment beside the functions' own. */
export interface Program {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A host's program.
 *
 * @param bundle the directory of `npm run build`; undefined runs the sources as they are.
 */
export function programOf(host: FunctionsHost, bundle?: string): Program {
  const entry = (name: string): string =>
    bundle === undefined ? fileURLToPath(new URL(`${name}.ts`, FUNCTIONS)) : resolve(bundle, `${name}.js`);
  const env = bundle === undefined ? {} : { NODE_COMPILE_CACHE: compileCacheOf(resolve(bundle)) };
  if (host === 'node') return { args: [...NODE_ARGUMENTS, entry('main')], env };
  // Its package names no way to its program but this.
  const script = new URL('main.js', import.meta.resolve('@google-cloud/functions-framework'));
  return {
    args: [...NODE_ARGUMENTS, fileURLToPath(script)],
    env: { ...env, FUNCTION_SOURCE: entry('function'), FUNCTION_TARGET: 'headgate', NODE_ENV: 'production' },
  };
}
