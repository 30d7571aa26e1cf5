/** What every benchmark can be told. */
export interface BenchOptions {
  /** One JSON document on stdout, and nothing else there. */
  readonly json: boolean;
  /** Length of each measured phase; undefined: the benchmark's own default. */
  readonly seconds: number | undefined;
}

/** Runs one benchmark: progress to stderr, its result to stdout. */
export type Bench = (options: BenchOptions) => Promise<void>;
