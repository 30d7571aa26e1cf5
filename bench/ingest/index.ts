import { availableParallelism, cpus } from 'node:os';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { BenchOptions } from '../bench.ts';
import { figure } from '../measurement/figure.ts';
import { summarise } from '../measurement/measurement.ts';
import type { Load } from '../measurement/measurement.ts';
import { findProcess } from '../process/cpu-time.ts';
import type { Contender } from './contender.ts';
import { startContenders } from './contenders.ts';
import type { Contenders } from './contenders.ts';
import { connectionsFor } from './full-load.ts';
import { judgeIngest, judgeTenants } from './goals.ts';
import { pacedLoad } from './paced-load.ts';
import { measurePhase } from './phase.ts';
import { renderReport } from './report.ts';
import type { Report } from './report.ts';
import { makeRow } from './row.ts';
import type { Phase, Row } from './row.ts';
import { sampleBodies } from './sample-events.ts';
import { TENANTS, TENANTS_EVENTS_PER_SECOND, tenantsSideBySide } from './tenants-side-by-side.ts';
import { isolateTopic } from './topic.ts';

const TENANT = TenantId.parse('acme');
const DEFAULT_SECONDS = 2;
/** Until a process is as fast as it gets: less, and what is measured at one event a request is mostly the compiler. */
const WARM_UP_SECONDS = 3;
const ROUNDS = 2;
const SIZES = [1, 100] as const;
const BATCHED = 100;
const PACED_EVENTS_PER_SECOND = 2_000;
/** Of a phase's length: by default a minute, in which each tenant's usage is settled twice and its settings are read thrice. */
const TENANTS_PHASES = 30;

/** One row in the making. */
interface Line {
  readonly name: string;
  readonly eventsPerRequest: number;
  readonly pid: number | undefined;
  readonly kind: 'baseline' | 'bare' | 'ingest' | 'comparison' | 'paced';
  readonly run: (seconds: number) => Promise<Load>;
  readonly phases: Phase[];
}

/**
 * Headgate's ingest, a bare publish loop and what one would write first, by turns against one Pub/Sub server, at 1 and at
 * 100 events a request; Headgate at a fixed rate; and the same load of one tenant and of a thousand. Starts a local cloud of its own, and ends it.
 *
 * Prints the table, or with `json` the {@link Report}. Numbers that are missed are told, and no failure.
 */
export async function benchIngest({ json, seconds = DEFAULT_SECONDS }: BenchOptions): Promise<void> {
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
  const contenders = cleanup.use(await startContenders(stack, TENANT));
  const pubsubPid = await findProcess(stack.processes(), '/pubsub/main.ts');

  const lines = linesOf(contenders);
  for (const line of lines) {
    progress(`warming up: ${describe(line)}`);
    await line.run(WARM_UP_SECONDS);
    await topic.drain();
  }
  for (let round = 0; round < ROUNDS; round++) {
    // By turns from either end, so that neither being first nor being last is an advantage.
    for (const line of round % 2 === 0 ? lines : lines.toReversed()) {
      const pids = { contender: line.pid, pubsub: pubsubPid, load: process.pid };
      const phase = await measurePhase(pids, () => line.run(seconds));
      line.phases.push(phase);
      await topic.drain();
      const rate = figure(phase.load.events / (phase.load.durationMs / 1000), 0);
      progress(`round ${round + 1} of ${ROUNDS}: ${describe(line)}: ${rate} events/s`);
    }
  }
  progress(`1 tenant and ${figure(TENANTS, 0)} side by side, for ${TENANTS_PHASES * seconds} s`);
  const tenants = await tenantsSideBySide(stack, TENANTS_PHASES * seconds);
  const rows = rowsOf(lines);
  const rowsOfKind = (kind: Line['kind']): Row[] => rows.filter((_, index) => lines[index]?.kind === kind);
  const goals = judgeIngest(rowsOfKind('ingest'), rowsOfKind('bare'), rowsOfKind('paced'));
  return {
    benchmark: 'ingest',
    notes: notes(stack.pubsub, seconds),
    rows: [...rows, tenants.one, tenants.many],
    goals: [...goals, judgeTenants(tenants)],
  };
}

function linesOf(contenders: Contenders): Line[] {
  const { headgate, headgateTarget, publishLoop, publishLoopWithAttributes } = contenders;
  const { bareEndpoint, headgateOnFramework, firstAttempt } = contenders;
  const full = (kind: Line['kind'], { name, pid, measure }: Contender, eventsPerRequest: number): Line => ({
    name,
    eventsPerRequest,
    pid,
    kind,
    run: (seconds) => measure(eventsPerRequest, seconds),
    phases: [],
  });
  const paced = (eventsPerRequest: number): Line => ({
    name: `Headgate at ${figure(PACED_EVENTS_PER_SECOND, 0)} events/s`,
    eventsPerRequest,
    pid: headgate.pid,
    kind: 'paced',
    run: (seconds) =>
      pacedLoad([headgateTarget], sampleBodies(eventsPerRequest), eventsPerRequest, PACED_EVENTS_PER_SECOND, seconds),
    phases: [],
  });
  return [
    ...SIZES.map((size) => full('baseline', publishLoop, size)),
    full('comparison', publishLoopWithAttributes, BATCHED),
    ...SIZES.map((size) => full('bare', bareEndpoint, size)),
    ...SIZES.map((size) => full('ingest', headgate, size)),
    ...SIZES.map((size) => full('comparison', headgateOnFramework, size)),
    ...SIZES.map((size) => full('comparison', firstAttempt, size)),
    ...SIZES.map(paced),
  ];
}

/** Rows in the order of the lines, each with its ratio to the baseline of its size, where its rate is its own. */
function rowsOf(lines: readonly Line[]): Row[] {
  const baseline = new Map(
    lines
      .filter(({ kind }) => kind === 'baseline')
      .map(({ eventsPerRequest, phases }) => [
        eventsPerRequest,
        summarise(phases.map(({ load }) => load)).eventsPerSecond,
      ]),
  );
  return lines.map(({ name, eventsPerRequest, phases, kind }) =>
    makeRow(name, eventsPerRequest, phases, kind === 'paced' ? undefined : baseline.get(eventsPerRequest)),
  );
}

function describe({ name, eventsPerRequest }: Line): string {
  return `${name}, ${eventsPerRequest} a request`;
}

function notes(pubsub: string, seconds: number): string[] {
  const [body = ''] = sampleBodies(1);
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.version}; load generator, contender and Pub/Sub server share them.`,
    `One Pub/Sub server for all (${pubsub}). Topic ${TENANT}.events has its archive only: the push and BigQuery subscriptions are deleted and its retention is lifted, so that ingest is measured and not what comes after it; the archive is emptied after each phase.`,
    `${ROUNDS} phases of ${seconds} s each, the second round in reverse order; events of ${Buffer.byteLength(body)} bytes; ${SIZES.map((size) => `${connectionsFor(size)} connections at ${size} a request`).join(', ')}, closed loop. At a fixed rate: evenly spaced, latency from when a request was due.`,
    'Publish loop: topic.publishMessage of ready-made messages, batches of 1,000, 5,000 in flight, nothing else in its process; a request is a call that publishes so many and awaits them all. Bare: data only, no attributes.',
    'Bare endpoint: node:http, JSON.parse, and the publish loop for each event as it came; no credentials, validation, attributes, limits, log. What is left of the loop once it has an HTTP server before it.',
    'Headgate, functions-framework: the same application in a process of its own, hosted as a Cloud Run function is.',
    "First attempt: functions-framework, each event's publishMessage awaited before the next, the libraries' defaults (batches linger 10 ms); no credentials, no validation.",
    `1 tenant and ${figure(TENANTS, 0)}: two instances side by side for ${TENANTS_PHASES * seconds} s, each posted ${figure(TENANTS_EVENTS_PER_SECOND, 0)} events/s at ${BATCHED} a request, evenly spaced; in the second each tenant has its turn every ${TENANTS / (TENANTS_EVENTS_PER_SECOND / BATCHED)} s, with a key, settings, limits and a topic of its own. Each has had its turn before, so that first look-ups are not in it; later ones and the settling of usage are. No batch has more than one request of either, so that what gathering saves one busy tenant is not in it. Nothing is subscribed to these topics.`,
    'CPU per event: contender | Pub/Sub server | load generator.',
  ];
}
