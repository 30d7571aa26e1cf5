import { runInNewContext } from 'node:vm';

/**
 * Runs what a caller's schema decides the cost of: a few hundred bytes of Avro can ask for years of work, in defaults
 * that contain defaults or in unions that are resolved against unions. It is ended from outside, wherever it is.
 * @throws Error when the time is up, and whatever `run` throws
 */
export function withinTime<Result>(limitMs: number, run: () => Result): Result {
  return runInNewContext('run()', { run }, { timeout: limitMs }) as Result;
}
