import type { Row } from './row.ts';

/** What came of a row on one server. */
export interface Result {
  readonly row: Row;
  readonly passed: boolean;
  /** Why it did not pass, in one line. */
  readonly reason?: string;
  readonly elapsedMs: number;
}
