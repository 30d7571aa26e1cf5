import type { Connection } from './context/connection.ts';
import { Context } from './context/context.ts';
import type { Result } from './result.ts';
import type { Row } from './row.ts';

export interface RunOptions {
  readonly connection: Connection;
  /** The BigQuery that the server writes to. */
  readonly bigqueryUrl?: string | undefined;
  /** Most rows under way at once: most of them spend their time waiting. */
  readonly concurrency: number;
  /** A row that has not ended by then has failed. */
  readonly rowTimeoutMs: number;
  readonly onResult?: (result: Result) => void;
}

/** How long what a row left behind may take to be cleared away. */
const CLEANUP_TIMEOUT_MS = 2000;

/** Runs the rows side by side, each in a project of its own. Never rejects for a row. @returns results in the rows' order */
export async function runRows(rows: readonly Row[], options: RunOptions): Promise<Result[]> {
  const run = `c${Date.now().toString(36)}`;
  const results: Result[] = [];
  const waiting = rows.entries();
  const work = async (): Promise<void> => {
    for (const [index, row] of waiting) {
      const result = await runRow(row, `projects/${run}-${index}`, options);
      results[index] = result;
      options.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));
  return results;
}

async function runRow(row: Row, project: string, options: RunOptions): Promise<Result> {
  const context = new Context(options.connection, project, options.bigqueryUrl);
  const startedAt = performance.now();
  try {
    await withTimeout(row.run(context), options.rowTimeoutMs);
    return { row, passed: true, elapsedMs: performance.now() - startedAt };
  } catch (error) {
    return { row, passed: false, reason: reasonOf(error), elapsedMs: performance.now() - startedAt };
  } finally {
    await withTimeout(context.close(), CLEANUP_TIMEOUT_MS).catch(() => undefined);
  }
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`has not ended after ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
