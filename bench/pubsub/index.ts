import { availableParallelism, cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { missingForGoogleEmulators } from '#emulator/cloud/google-emulator.ts';
import type { BenchOptions } from '../bench.ts';
import { figure } from '../measurement/figure.ts';
import { coresTakenByOthers } from '../process/quietness.ts';
import { residentBytes } from '../process/memory.ts';
import { PubSubClient } from './client.ts';
import { createFixture, fill, MESSAGE_BYTES } from './fixture.ts';
import { judge } from './goals.ts';
import { drainLoad, latencyLoad, publishLoad, pushLoad } from './loads.ts';
import { type Figures, makeRows, MEASURES, type Measure, medians } from './measures.ts';
import { startPushEndpoint, type PushEndpoint } from './push-endpoint.ts';
import { renderReport, type Report } from './report.ts';
import { type PubSubServer, startGoogles, startOurs } from './server.ts';

const DEFAULT_SECONDS = 1.5;
const WARM_UP_SECONDS = 0.7;
/** An odd number, so that the median is one of them. */
const ROUNDS = 3;
/** The rate of a push rises slowly. */
const PUSH_SECONDS = 4;
const MESSAGES_HELD = 200_000;
/** Below this many cores, other processes are the noise of any machine. */
const CORES_TAKEN_TOLERATED = 0.1;
/** For what has been published to settle where it is held. */
const SETTLE_MS = 500;

/** A server, and what it has come to so far. */
interface Contender {
  readonly name: string;
  readonly server: PubSubServer;
  readonly client: PubSubClient;
  readonly runs: Figures[];
}

/** What one server is put through. */
type Experiment = (contender: Contender) => Promise<Figures>;

/**
 * Our Pub/Sub server and Google's emulator, where it is installed: the same client does the same with both, by turns.
 * Starts both, and ends them.
 *
 * Prints the table, or with `json` the {@link Report}. Numbers that are missed are told, and no failure.
 */
export async function benchPubSub({ json, seconds = DEFAULT_SECONDS }: BenchOptions): Promise<void> {
  const report = await measure(seconds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

async function measure(seconds: number, progress: (line: string) => void): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  const missing = missingForGoogleEmulators();
  const enter = async (name: string, start: () => Promise<PubSubServer>): Promise<Contender> => {
    const server = await start();
    cleanup.defer(() => server.close());
    const client = new PubSubClient(server.address);
    cleanup.defer(() => client.close());
    const contender = { name, server, client, runs: [{ ready: server.readyMs }] };
    progress(`${name}: ${describe({ ready: server.readyMs })}`);
    return contender;
  };
  const ours = await enter('ours', startOurs);
  const googles = missing === undefined ? await enter("Google's", startGoogles) : undefined;
  const endpoint = await startPushEndpoint();
  cleanup.defer(() => endpoint.close());

  const contenders = googles ? [ours, googles] : [ours];
  const pids = [process.pid, endpoint.pid, ...contenders.map(({ server }) => server.pid)];
  const othersSince = await coresTakenByOthers(pids);
  for (const contender of contenders) await takeTurn(contender, memory, progress);
  for (const { client } of contenders) {
    await publishLoad(client, 100, 4, WARM_UP_SECONDS);
    await drainLoad(client, 5, WARM_UP_SECONDS);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const turns = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const experiment of experiments(endpoint, seconds)) {
      for (const contender of turns) await takeTurn(contender, experiment, progress);
    }
  }
  const rows = makeRows(medians(ours.runs), googles && medians(googles.runs));
  const busyCores = await othersSince();
  return { benchmark: 'pubsub', notes: notes(seconds, missing, busyCores), rows, goals: judge(rows) };
}

async function takeTurn(contender: Contender, experiment: Experiment, progress: (line: string) => void): Promise<void> {
  const figures = await experiment(contender);
  contender.runs.push(figures);
  progress(`${contender.name}: ${describe(figures)}`);
}

const memory: Experiment = async ({ server: { pid }, client }) => {
  const idleMemory = await megabytes(pid);
  await using fixture = await createFixture(client);
  await fill(client, fixture.topic, MESSAGES_HELD);
  await delay(SETTLE_MS);
  const heldMemory = await megabytes(pid);
  return { ...(idleMemory !== undefined && { idleMemory }), ...(heldMemory !== undefined && { heldMemory }) };
};

function experiments(endpoint: PushEndpoint, seconds: number): Experiment[] {
  const publish = (measure: Measure, messages: number, inFlight: number): Experiment => {
    return async ({ client }) => ({ [measure]: await publishLoad(client, messages, inFlight, seconds) });
  };
  const pull = (measure: Measure, streams: number): Experiment => {
    return async ({ client }) => ({ [measure]: await drainLoad(client, streams, seconds) });
  };
  return [
    publish('publish1000By1', 1000, 1),
    publish('publish1000By4', 1000, 4),
    publish('publish100By1', 100, 1),
    publish('publish100By4', 100, 4),
    pull('pull1', 1),
    pull('pull5', 5),
    pull('pull20', 20),
    async ({ client }) => {
      const { p50Ms, p95Ms } = await latencyLoad(client, seconds);
      return { ...(p50Ms !== undefined && { latencyP50: p50Ms }), ...(p95Ms !== undefined && { latencyP95: p95Ms }) };
    },
    async ({ client }) => ({ push: await pushLoad(client, endpoint, PUSH_SECONDS) }),
  ];
}

async function megabytes(pid: number | undefined): Promise<number | undefined> {
  const bytes = pid === undefined ? undefined : await residentBytes(pid);
  return bytes === undefined ? undefined : bytes / 1e6;
}

function describe(figures: Figures): string {
  const shown = Object.entries(figures).map(([measure, value]) => {
    const { name, unit } = MEASURES[measure as Measure];
    return `${name}: ${figure(value)} ${unit}`;
  });
  return shown.join('; ');
}

function notes(seconds: number, missing: string | undefined, busyCores: number | undefined): string[] {
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.version}; the client and both servers share them.`,
    ...(missing === undefined ? [] : [`Google's emulator was not measured: ${missing}.`]),
    `One client process without a client library, messages of ${MESSAGE_BYTES} bytes, ${ROUNDS} rounds of ${seconds} s a phase by turns, every second one in reverse; the median is shown.`,
    'Start: from spawning the command, which is gcloud for the emulator, until a first topic was created. Memory: resident set of the serving process, fresh, before anything else.',
    'Publish: closed loop, to a topic with one subscription that holds all. Streaming pull: from a backlog of 100,000, acknowledged at once on the stream. Latency: one message a request, from when it was due. Push: 20,000 messages to an endpoint in a process of its own, from its first delivery.',
    ...(busyCores === undefined || busyCores < CORES_TAKEN_TOLERATED
      ? []
      : [
          `NOT A QUIET MACHINE: other processes kept ${figure(busyCores)} cores busy on average. Every figure suffers from it.`,
        ]),
  ];
}
