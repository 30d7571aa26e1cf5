import { connect } from './context/connection.ts';
import { type Options, parseOptions } from './options.ts';
import { type Column, failureList, rowTable, summaryTable, toJson } from './report.ts';
import type { Row } from './row.ts';
import { rows } from './rows/index.ts';
import { BIGQUERY_AREA } from './rows/bigquery.ts';
import { runRows } from './run-rows.ts';
import { selectRows } from './select-rows.ts';
import { running, startGoogles, startOurs, type Target } from './targets.ts';

/**
 * Which of Pub/Sub's documented behaviours a server has: a black box to which Google's own clients are connected.
 *
 *   npm run conformance -- --host ours|HOST:PORT   one server; exits with 1 where it fails a row
 *   npm run conformance -- --compare               ours beside Google's emulator; exits with 1 where ours fails a row
 *     --only AREA|TEXT  --json  --concurrency N  --bigquery URL (what the server at HOST:PORT writes to)
 *
 * What takes minutes or days on a real clock is not here, because no row may wait for it: that messages are dropped after
 * their retention (10 minutes at least), that snapshots, idle subscriptions (a day at least) and OIDC tokens (an hour)
 * expire, that back-off grows to 10 minutes, and that a silent stream is kept alive every 30 s. The server's unit tests
 * cover these with a clock of their own.
 */
const ROW_TIMEOUT_MS = 15_000;

async function runOn(target: Target, selected: readonly Row[], concurrency: number): Promise<Column> {
  const connection = connect(target.host);
  let done = 0;
  const onResult = (): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${target.name}: ${++done} of ${selected.length}`);
  };
  try {
    const { bigqueryUrl } = target;
    const rowTimeoutMs = ROW_TIMEOUT_MS;
    const results = await runRows(selected, { connection, bigqueryUrl, concurrency, rowTimeoutMs, onResult });
    return { name: target.name, results };
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r');
    await connection.close();
  }
}

async function startTarget({ host, bigquery }: Options, selected: readonly Row[]): Promise<Target> {
  if (host !== 'ours') return running(host, bigquery);
  const needsBigQuery = selected.some(({ area }) => area === BIGQUERY_AREA);
  return startOurs(needsBigQuery, (reason) => process.stderr.write(`${reason}\n`));
}

function print({ json }: Options, columns: readonly [Column, ...Column[]]): void {
  const [judged] = columns;
  const text = json ? toJson(columns) : [rowTable(columns), summaryTable(columns), failureList(judged)].join('\n\n');
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env);
  const selected = selectRows(rows, options.only);
  if (selected.length === 0) throw new Error(`--only: no row has "${options.only}"`);

  const starts = [() => startTarget(options, selected), ...(options.compare ? [startGoogles] : [])];
  const columns: Column[] = [];
  let current: Target | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void Promise.resolve(current?.close()).finally(() => process.exit(1)));
  }
  // One after the other: on two cores, each would slow the other's answers.
  for (const start of starts) {
    current = await start();
    try {
      columns.push(await runOn(current, selected, options.concurrency));
    } finally {
      await current.close();
      current = undefined;
    }
  }
  const [judged, ...others] = columns;
  if (!judged) throw new Error('no server');
  print(options, [judged, ...others]);
  return judged.results.every(({ passed }) => passed) ? 0 : 1;
}

process.env['METADATA_SERVER_DETECTION'] ??= 'none';
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
