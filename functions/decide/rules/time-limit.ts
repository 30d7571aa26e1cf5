import { createContext, Script } from 'node:vm';

/** A computation was stopped because it took too long. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

const sandbox: { run: (() => unknown) | undefined } = { run: undefined };
const context = createContext(sandbox);
const script = new Script('run()');

/**
 * Runs `compute`, and stops it wherever it is, inside a loop or a regular expression too, after `limitMs`. Costs about
 * 0.3 ms, whatever is computed.
 *
 * @throws {TimeLimitError}, and what `compute` throws.
 * @see https://nodejs.org/api/vm.html#scriptrunincontextcontextifiedobject-options
 */
export function withTimeLimit<Result>(limitMs: number, compute: () => Result): Result {
  sandbox.run = compute;
  try {
    return script.runInContext(context, { timeout: limitMs }) as Result;
  } catch (error) {
    if (isTimeout(error)) {
      throw new TimeLimitError(`took longer than ${limitMs} ms`);
    }
    throw error;
  } finally {
    sandbox.run = undefined;
  }
}

/** The error is made in the script's own realm: it is no instance of this realm's `Error`. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
