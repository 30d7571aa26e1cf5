import { availableParallelism } from 'node:os';
import { PubSub, type Topic } from '@google-cloud/pubsub';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';
import type { BenchOptions } from '../bench.ts';
import { BATCHING } from '../ingest/batching.ts';
import { pacedLoad } from '../ingest/paced-load.ts';
import { figure } from '../measurement/figure.ts';
import { cpuMicros, findProcess } from '../process/cpu-time.ts';
import { type Decisions, watchDecisions } from './decisions.ts';
import { eventsOf, messagesOf, RULE, type Shape } from './events.ts';
import { type Report, renderReport, reportOf } from './report.ts';
import { type Measured, PROCESSES, type Process, type Row, rowOf } from './row.ts';
import { type BenchTenant, makeDecidedTenants } from './tenants.ts';

const WHOLE = TenantId.parse('acme');
const DEFAULT_SECONDS = 8;
/** Of each load: with less, what is measured first is the compiler. */
const WARM_UP_SECONDS = 2;
const EVENTS_PER_SECOND = 1_000;
/** Published at full speed, for each second of a phase. */
const PUBLISHED_PER_SECOND = 2_500;
const TENANTS = 1_000;
/** Of many tenants, those whose decisions are watched: an event of theirs is always decided about. */
const WATCHED_TENANTS = 20;
/** Of one tenant, every so many'th event is decided about. */
const DECIDED_EVERY = 10;
const SUBJECTS = 1_000;

/**
 * From an event that was accepted to its decision: through the whole local cloud at a fixed rate, and `decide` alone as
 * fast as it can be; many subjects, one hot subject, a thousand tenants. Starts a local cloud of its own, and ends it.
 *
 * Prints the table, or with `json` the {@link Report}. Numbers that are missed are told, and no failure.
 */
export async function benchDecide({ json, seconds = DEFAULT_SECONDS }: BenchOptions): Promise<void> {
  const report = await measure(seconds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

/** Whose events a load has, and about whom they are. */
interface Scene {
  readonly name: string;
  readonly tenantOf: (index: number) => BenchTenant;
  readonly subjectOf: (index: number) => string;
  readonly isDecided: (index: number) => boolean;
  readonly decisions: Decisions;
}

async function measure(seconds: number, progress: (line: string) => void): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  progress('starting a local cloud');
  const stack = await startStack();
  cleanup.defer(async () => void (await stack.stop()));
  const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  cleanup.defer(() => pubsub.close());
  const apiKey = await onboard(await controlUrlOf(stack.directory), WHOLE, { rules: [RULE] });
  progress(`making ${figure(TENANTS, 0)} tenants`);
  const [alone] = await makeDecidedTenants(stack, WHOLE, 'alone', 1);
  const many = await makeDecidedTenants(stack, WHOLE, 'many', TENANTS);
  if (alone === undefined) throw new Error('no tenant');

  const watch = async (tenants: readonly BenchTenant[]): Promise<Decisions> => {
    const decisions = await watchDecisions(
      pubsub,
      tenants.map(({ id }) => id),
    );
    cleanup.defer(() => decisions.close());
    return decisions;
  };
  const ofOne = async (tenant: BenchTenant) => ({
    tenantOf: () => tenant,
    isDecided: (index: number) => index % DECIDED_EVERY === 0,
    decisions: await watch([tenant]),
  });
  const ofMany = {
    tenantOf: (index: number) => many[index % TENANTS] ?? alone,
    isDecided: (index: number) => index % TENANTS < WATCHED_TENANTS,
    decisions: await watch(many.slice(0, WATCHED_TENANTS)),
  };
  const spread = (index: number): string => `cus_${index % SUBJECTS}`;
  const hot = (): string => 'cus_hot';
  const whole = await ofOne({ id: WHOLE, apiKey });
  const only = await ofOne(alone);
  const scenes = {
    paced: [
      { name: 'whole cloud, many subjects', subjectOf: spread, ...whole },
      { name: 'whole cloud, one hot subject', subjectOf: hot, ...whole },
      { name: `${figure(TENANTS, 0)} tenants`, subjectOf: spread, ...ofMany },
    ],
    full: [
      { name: 'decide alone, many subjects', subjectOf: spread, ...only },
      { name: 'decide alone, one hot subject', subjectOf: hot, ...only },
      { name: `decide alone, ${figure(TENANTS, 0)} tenants`, subjectOf: spread, ...ofMany },
    ],
  };

  const pids = await pidsOf(stack);
  let loads = 0;
  const runPaced = async (scene: Scene, duration: number): Promise<Row> => {
    const shape = shapeOf(`paced${++loads}`, scene, duration * EVENTS_PER_SECOND);
    return rowOf(await measured(scene, shape, pids, () => post(stack, scene, shape, duration)));
  };
  const runFull = async (scene: Scene, duration: number): Promise<Row> => {
    const shape = shapeOf(`full${++loads}`, scene, duration * PUBLISHED_PER_SECOND);
    return rowOf(await measured(scene, shape, pids, () => publish(pubsub, scene, shape)));
  };
  progress('warming up');
  for (const scene of scenes.full) await runFull(scene, WARM_UP_SECONDS);
  for (const scene of scenes.paced) await runPaced(scene, WARM_UP_SECONDS);
  const rows = { paced: [] as Row[], full: [] as Row[] };
  for (const scene of scenes.paced) {
    progress(`${scene.name}, ${figure(EVENTS_PER_SECOND, 0)} events/s`);
    rows.paced.push(await runPaced(scene, seconds));
  }
  for (const scene of scenes.full) {
    progress(`${scene.name}, at full speed`);
    rows.full.push(await runFull(scene, seconds));
  }
  return reportOf(rows.paced, rows.full, notes());
}

function shapeOf(name: string, { subjectOf, isDecided }: Scene, count: number): Shape {
  return { name, count, subjectOf, isDecided };
}

/** What a load has to tell by itself: when its events were accepted. */
interface Sent {
  readonly acceptedAtMs: ReadonlyMap<number, number>;
  readonly errors: number;
}

async function measured(
  { name, decisions, isDecided }: Scene,
  { count }: Shape,
  pids: Readonly<Record<Process, number | undefined>>,
  send: () => Promise<Sent>,
): Promise<Measured> {
  decisions.reset();
  const cpu = async () =>
    Promise.all(PROCESSES.map(async (process) => (pids[process] === undefined ? undefined : cpuMicros(pids[process]))));
  const before = await cpu();
  const startedAt = performance.now();
  const { acceptedAtMs, errors } = await send();
  const decided = Array.from({ length: count }, (_, index) => index).filter(isDecided);
  if (errors === 0) await decisions.seen(decided.length);
  const after = await cpu();
  const lastSeenAt = Math.max(...decisions.seenAtMs.values());
  return {
    name,
    events: count,
    decided: decided.length,
    errors,
    durationMs: lastSeenAt - startedAt,
    // Some are decided before their answer is read.
    latenciesMs: [...acceptedAtMs].flatMap(([index, acceptedAt]) => {
      const seenAt = decisions.seenAtMs.get(index);
      return seenAt === undefined ? [] : [Math.max(0, seenAt - acceptedAt)];
    }),
    cpuMicros: Object.fromEntries(
      PROCESSES.flatMap((process, index) => {
        const [from, to] = [before[index], after[index]];
        return from === undefined || to === undefined ? [] : [[process, to - from]];
      }),
    ),
  };
}

async function post(stack: TestStack, scene: Scene, shape: Shape, seconds: number): Promise<Sent> {
  const bodies = eventsOf(shape).map((event) => JSON.stringify(event));
  const targets = bodies.map((_, index) => ({
    url: `${stack.api}/v1/events`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${scene.tenantOf(index).apiKey}` },
  }));
  const acceptedAtMs = new Map<number, number>();
  const { errors } = await pacedLoad(targets, bodies, 1, EVENTS_PER_SECOND, seconds, (index, atMs) =>
    acceptedAtMs.set(index, atMs),
  );
  return { acceptedAtMs, errors };
}

/** All at once: what is measured is how fast it is worked off. */
async function publish(pubsub: PubSub, { tenantOf }: Scene, shape: Shape): Promise<Sent> {
  const topics = new Map<TenantId, Topic>();
  const topicOf = (tenant: TenantId): Topic => {
    const known = topics.get(tenant);
    if (known !== undefined) return known;
    const topic = pubsub.topic(tenantNames(tenant).topics.events, { batching: BATCHING });
    topics.set(tenant, topic);
    return topic;
  };
  const messages = messagesOf(shape, (index) => tenantOf(index).id);
  await Promise.all(
    messages.map(({ data, attributes }, index) => topicOf(tenantOf(index).id).publishMessage({ data, attributes })),
  );
  return { acceptedAtMs: new Map(), errors: 0 };
}

async function pidsOf(stack: TestStack): Promise<Record<Process, number | undefined>> {
  const pids = stack.processes();
  const [ingest, decide, pubsub, firestore, bigquery] = await Promise.all([
    findProcess(pids, '/functions/main.ts', (serves) => serves !== 'decide'),
    findProcess(pids, '/functions/main.ts', (serves) => serves === 'decide'),
    findProcess(pids, '/pubsub/main.ts'),
    findProcess(pids, '/firestore/main.ts'),
    findProcess(pids, '/bigquery/main.ts'),
  ]);
  return { ingest, decide, pubsub, firestore, bigquery, load: process.pid };
}

function notes(): string[] {
  return [
    `${availableParallelism()} cores, Node ${process.version}; the functions ingest and decide, the Pub/Sub, Firestore and BigQuery servers and the load generator share them.`,
    `At a fixed rate: ${figure(EVENTS_PER_SECOND, 0)} requests/s of one event, evenly spaced, each then pushed to decide; with the whole cloud also to the archive and into the warehouse. One event of ${DECIDED_EVERY} is decided about; from its 202 to when a subscriber of the decisions has it. With ${figure(TENANTS, 0)} tenants, ${WATCHED_TENANTS} are watched.`,
    'Decide alone: messages that lie in the topic are worked off; nothing is posted. Of a core: events by CPU time of decide.',
    `CPU per event: ${PROCESSES.join(' | ')}.`,
  ];
}
