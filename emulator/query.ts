import { parseArgs } from 'node:util';
import { BigQuery } from '@google-cloud/bigquery';
import Table from 'cli-table3';
import { PassThroughClient } from 'google-auth-library';
import { readStack } from './cloud/stack-file.ts';

const DEADLINE_MS = 60_000;
const USAGE = 'usage: npm run query -- [--json] "SELECT …"';

/** What a cell shows: BigQuery's own types print as their value, records as JSON. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (value.constructor !== Object && 'value' in value) return plain(value.value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

function toTable(rows: readonly Record<string, unknown>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const table = new Table({
    head: columns,
    style: { head: [], border: [] },
    colAligns: columns.map((name) => (rows.every((row) => typeof row[name] === 'number') ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => columns.map((name) => cell(row[name]))));
  return table.toString();
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [query] = positionals;
  if (query === undefined || positionals.length > 1) throw new Error(USAGE);
  const stack = await readStack(process.env['HEADGATE_DIR'] ?? '.headgate');
  const bigquery = new BigQuery({
    projectId: stack.project,
    apiEndpoint: stack.bigquery,
    authClient: new PassThroughClient(),
  });
  const [answer] = await bigquery.query({ query, jobTimeoutMs: DEADLINE_MS }, { timeoutMs: DEADLINE_MS });
  const rows = (answer as Record<string, unknown>[]).map((row) => plain(row) as Record<string, unknown>);
  process.stdout.write(
    values.json
      ? `${JSON.stringify(rows)}\n`
      : `${rows.length === 0 ? '' : `${toTable(rows)}\n`}${rows.length} ${rows.length === 1 ? 'row' : 'rows'}\n`,
  );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
