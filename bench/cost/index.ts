import { PubSub } from '@google-cloud/pubsub';
import { MEMORY_MIB } from '#infra/components/instance-memory.ts';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { sendLoad } from '#test/stack/load.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';
import type { BenchOptions } from '../bench.ts';
import { cpuMicros } from '../process/cpu-time.ts';
import { billOf } from './bill.ts';
import type { Usage } from './bill.ts';
import { Meter, tapFirestore, tapPublisher, tapPushes } from './meters.ts';
import { renderReport } from './report.ts';
import type { Report } from './report.ts';

const TENANT = 'acme';
const EVENTS = 4_000;
const WARM_UP_EVENTS = 1_000;
const EVENTS_PER_SUBJECT = 10;
/** Events a request, and what a million such events cost at most: what they cost when this was last touched, and a little. */
const LOADS = [
  { eventsPerRequest: 100, goalDollars: 3.1 },
  { eventsPerRequest: 1, goalDollars: 3.75 },
] as const;
const SETTLE_WITHIN_MS = 60_000;

/**
 * What a million events cost by list prices: counts what is billed while events go through the real functions and the local
 * servers, from the request to the profile and the tables, at 100 and at 1 events a request.
 */
export async function benchCost({ json }: BenchOptions): Promise<void> {
  const report = await measure((line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

async function measure(progress: (line: string) => void): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  progress('starting a local cloud');
  const stack = await startStack();
  cleanup.defer(async () => void (await stack.stop()));
  const rig = await startRig(stack, cleanup);
  progress('warming up');
  await rig.run(WARM_UP_EVENTS, 100);
  const rows: Report['rows'][number][] = [];
  for (const { eventsPerRequest, goalDollars } of LOADS) {
    progress(`${EVENTS} events, ${eventsPerRequest} a request`);
    const bill = billOf(await rig.run(EVENTS, eventsPerRequest));
    rows.push({ name: `${eventsPerRequest} a request`, bill, goalDollars });
  }
  return { benchmark: 'cost', notes: notes(), rows };
}

interface Rig {
  run(events: number, eventsPerRequest: number): Promise<Usage>;
}

/** An ingest and a decide of the bench's own, whose every call goes through a meter. */
async function startRig(stack: TestStack, cleanup: AsyncDisposableStack): Promise<Rig> {
  const meters = { ingest: new Meter(), decide: new Meter() };
  const measured = async (name: 'ingest' | 'decide'): Promise<FunctionsInstance> => {
    const firestore = await tapFirestore(stack.firestore, meters[name]);
    cleanup.defer(() => firestore.close());
    const pubsub = await tapPublisher(stack.pubsub, meters[name]);
    cleanup.defer(() => pubsub.close());
    const instance = await startFunctionsInstance(stack, 'node', {
      FUNCTIONS: name,
      LOG_LEVEL: 'info',
      PUBSUB_EMULATOR_HOST: pubsub.address,
      FIRESTORE_EMULATOR_HOST: firestore.address,
    });
    cleanup.defer(async () => void (await instance.end()));
    return instance;
  };
  const instances = { ingest: await measured('ingest'), decide: await measured('decide') };

  let pushed = { applied: 0, bytes: 0 };
  const pushes = await tapPushes(instances.decide.url, meters.decide, (status, bytes) => {
    if (status === 204) pushed = { applied: pushed.applied + 1, bytes: pushed.bytes + bytes };
  });
  cleanup.defer(() => pushes.close());
  const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
  cleanup.defer(() => pubsub.close());
  const subscription = pubsub.subscription(`${TENANT}.events.decide`);
  const [{ pushConfig }] = await subscription.getMetadata();
  await subscription.modifyPushConfig({ ...pushConfig, pushEndpoint: `${pushes.url}/push` });

  const api = apiOf({ ...stack, api: instances.ingest.url }, TENANT);
  const rowsInTables = async (): Promise<number> => {
    const [row] = await warehouseOf(stack)(`SELECT COUNT(*) AS n FROM ${TENANT}.events`);
    return Number(row?.['n']);
  };
  const spentBy = async ({ pid, outputBytes }: FunctionsInstance) => ({
    micros: (await cpuMicros(pid)) ?? 0,
    logBytes: outputBytes(),
  });
  let run = 0;
  return {
    run: async (events, eventsPerRequest) => {
      run += 1;
      const rowsBefore = await rowsInTables();
      const before = { ingest: await spentBy(instances.ingest), decide: await spentBy(instances.decide) };
      for (const meter of Object.values(meters)) meter.reset();
      pushed = { applied: 0, bytes: 0 };
      const load = Array.from({ length: events }, (_, i) =>
        subscriptionOf(`cus_${run}_${Math.floor(i / EVENTS_PER_SUBJECT)}`),
      );
      // One after the other of a subject's come far apart, as they do.
      load.sort((a, b) => String(a['id']).localeCompare(String(b['id'])));
      const { requests } = await sendLoad(api, load, { batchSize: eventsPerRequest });
      await eventually(
        async () => pushed.applied,
        (applied) => applied >= events,
        SETTLE_WITHIN_MS,
      );
      const rows = await eventually(rowsInTables, (n) => n - rowsBefore >= events, SETTLE_WITHIN_MS);
      meters.ingest.add('Cloud Run requests', requests);
      for (const name of ['ingest', 'decide'] as const) {
        const after = await spentBy(instances[name]);
        const seconds = (after.micros - before[name].micros) / 1_000_000;
        meters[name].add('Cloud Run vCPU seconds', seconds);
        meters[name].add('Cloud Run GiB seconds', seconds * (MEMORY_MIB[name] / 1024));
        meters[name].add('log bytes', after.logBytes - before[name].logBytes);
      }
      const bytesInTables = (pushed.bytes / pushed.applied) * (rows - rowsBefore);
      const warehouse = { 'BigQuery subscription bytes': bytesInTables, 'BigQuery bytes kept a year': bytesInTables };
      return { events, stages: { ingest: meters.ingest.counts, decide: meters.decide.counts, warehouse } };
    },
  };
}

/** An event of usual size. */
function subscriptionOf(subject: string): Record<string, unknown> {
  const subscription = { id: `sub_${subject}`, customer_id: subject, status: 'active', plan: 'premium', amount: 49 };
  return anEvent({
    type: 'subscription.created',
    subject,
    correlation_id: `corr_${subject}`,
    data: { subscription: { ...subscription, currency: 'EUR', interval: 'month' } },
    metadata: { source: 'subscription-service' },
  });
}

function notes(): string[] {
  return [
    'Dollars for a million events by the list prices in bench/cost/prices.ts, without free tiers. Counted: what crosses between the functions and Firestore and Pub/Sub, each push, each row, the CPU time of both processes, and what they log.',
    `${EVENTS} events, ${EVENTS_PER_SUBJECT} a subject, spread over the run; no rule decides. An event that does costs a write more, and the publication of its decisions.`,
    'Firestore deletes: of each document written to a collection that expires. Pub/Sub bills a kilobyte a request at least: a push is one.',
    'CPU as if instances were used to the full: an instance that waits is billed too. Archive, dead letters, analytics and traffic to the internet are not in it.',
  ];
}
