import { parseArgs } from 'node:util';

export interface Options {
  /** `ours`, or the `host:port` of a server that is running. */
  readonly host: string;
  /** Whether Google's emulator is run as well, and the two compared. */
  readonly compare: boolean;
  /** Runs only rows of this area, or whose title has this text. */
  readonly only: string | undefined;
  readonly json: boolean;
  /** The BigQuery that the server at `host` writes to. */
  readonly bigquery: string | undefined;
  readonly concurrency: number;
}

const HOST = /^[^:/]+:\d+$/;
const DEFAULT_CONCURRENCY = 24;

/** @throws Error naming the option that is wrong */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string', default: 'ours' },
      compare: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      bigquery: { type: 'string' },
      concurrency: { type: 'string', default: String(DEFAULT_CONCURRENCY) },
    },
  });
  const { host, compare, only, json } = values;
  const concurrency = Number(values.concurrency);
  if (host !== 'ours' && !HOST.test(host)) throw new Error(`--host: "${host}" is neither "ours" nor HOST:PORT`);
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new Error(`--concurrency: "${values.concurrency}" is not a number of 1 or more`);
  }
  return { host, compare, only, json, bigquery: values.bigquery ?? env['BIGQUERY_EMULATOR_HOST'], concurrency };
}
