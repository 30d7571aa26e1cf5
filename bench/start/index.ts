import { fileURLToPath } from 'node:url';
import { programOf } from '#emulator/cloud/functions-host.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { makeBundle } from '#test/stack/bundle.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';
import type { BenchOptions } from '../bench.ts';
import { figure } from '../measurement/figure.ts';
import { isolateTopic } from '../ingest/topic.ts';
import { sampleBodies } from '../ingest/sample-events.ts';
import { type Report, renderReport, reportOf } from './report.ts';
import { type Program, type Start, startOnce } from './start-once.ts';

const TENANT = TenantId.parse('acme');
const DEFAULT_SECONDS = 40;
const MIN_ROUNDS = 3;
const DEPLOYED = 'as deployed';
const JSON_HEADERS = { 'content-type': 'application/json' };

/**
 * How long the functions take from the start of their process to their first 202, beside an echo on functions-framework,
 * by turns, and what it is made of. Starts a local cloud of its own, and ends it.
 *
 * Prints the table, or with `json` the {@link Report}. A number that is missed is told, and no failure.
 *
 * @param options `seconds`: of all starts together.
 */
export async function benchStart({ json, seconds = DEFAULT_SECONDS }: BenchOptions): Promise<void> {
  const report = await measure(seconds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

async function measure(seconds: number, progress: (line: string) => void): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  progress('starting a local cloud');
  const stack = await startStack();
  cleanup.defer(async () => void (await stack.stop()));
  const topic = await isolateTopic(stack.project, stack.pubsub, TENANT);
  cleanup.defer(() => topic.close());

  progress('building the functions');
  const { directory: bundle } = cleanup.use(await makeBundle());

  const programs = [
    echo(),
    headgate(DEPLOYED, programOf('node', bundle), stack),
    headgate('as deployed, on functions-framework', programOf('functions-framework', bundle), stack),
    headgate('the sources', programOf('node'), stack),
  ];
  const [body = ''] = sampleBodies(1);
  const starts = new Map<string, Start[]>(programs.map(({ name }) => [name, []]));
  const until = performance.now() + seconds * 1000;
  // The first round is not counted: files that nobody has read yet.
  for (let round = 0; round <= MIN_ROUNDS || performance.now() < until; round++) {
    for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
      const start = await startOnce(program, body);
      if (round > 0) starts.get(program.name)?.push(start);
      progress(`${program.name}: ${figure(start.firstAnswerMs, 0)} ms`);
    }
  }
  return reportOf(starts, DEPLOYED, [
    'From the moment at which the process is asked for to its first 202: one event, with an API key that it has to look up, to a topic that it has not published to. Pub/Sub and Firestore are up. The echo answers 202 without looking.',
  ]);
}

function headgate(name: string, { args, env }: Pick<Program, 'args' | 'env'>, stack: TestStack): Program {
  return {
    name,
    args,
    env: {
      ...process.env,
      GOOGLE_CLOUD_PROJECT: stack.project,
      PUBSUB_EMULATOR_HOST: stack.pubsub,
      FIRESTORE_EMULATOR_HOST: stack.firestore,
      PUSH_AUDIENCE: stack.api,
      NODE_ENV: 'production',
      ...env,
    },
    path: '/v1/events',
    headers: { ...JSON_HEADERS, authorization: `Bearer ${stack.tenants[TENANT]?.apiKey}` },
  };
}

function echo(): Program {
  const { args, env } = programOf('functions-framework');
  return {
    name: 'echo on functions-framework',
    args,
    env: {
      ...process.env,
      ...env,
      FUNCTION_SOURCE: fileURLToPath(new URL('./echo.js', import.meta.url)),
      FUNCTION_TARGET: 'echo',
    },
    path: '/',
    headers: JSON_HEADERS,
  };
}
