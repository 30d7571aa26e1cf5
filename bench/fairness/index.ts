import { tallyOf } from '#test/fairness/hostile.ts';
import { LIMIT, startNeighbours, type Neighbours } from '#test/fairness/neighbours.ts';
import type { BenchOptions } from '../bench.ts';
import { figure } from '../measurement/figure.ts';
import { type Report, renderReport, reportOf, type Round } from './report.ts';

const ROUNDS = 7;
const DEFAULT_SECONDS = 8;
const WARM_UP_SECONDS = 5;

/** What a quiet tenant has beside it, on the one instance. */
interface Neighbour {
  readonly benchmark: Report['benchmark'];
  readonly maxP99Ratio: number;
  readonly act: (neighbours: Neighbours, seconds: number) => Promise<Round['flood']>;
  readonly note: string;
}

const FLOOD: Neighbour = {
  benchmark: 'fairness',
  maxP99Ratio: 1.5,
  act: async (neighbours, seconds) => {
    const { acceptedPerSecond, statuses } = await neighbours.flood(seconds);
    const accepted = acceptedPerSecond.reduce((sum, events) => sum + events, 0);
    return { eventsPerSecond: accepted / seconds, refused: statuses['429'] ?? 0 };
  },
  note: `The other sends ten times its limit of ${figure(LIMIT.eventsPerSecond, 0)} events/s, 25 a request, from a process of its own.`,
};

const HOSTILE: Neighbour = {
  benchmark: 'hostile',
  maxP99Ratio: 2,
  act: async (neighbours, seconds) => {
    const result = await neighbours.attack('standard', seconds);
    const { 202: accepted = 0 } = tallyOf(result);
    return { eventsPerSecond: accepted / seconds, refused: result.sent - accepted };
  },
  note: 'The other sends hostile bodies, three at a time, from a process of its own: many values, deep, wide, long numbers, long texts, in all codings. It has the limits of the plan `standard`. Its "events/s" are requests that were accepted.',
};

/** What a quiet tenant notices of a neighbour that floods with ten times its limit. */
export const benchFairness = (options: BenchOptions): Promise<void> => bench(FLOOD, options);

/** What a quiet tenant notices of a neighbour whose bodies cost as much as bodies can. */
export const benchHostile = (options: BenchOptions): Promise<void> => bench(HOSTILE, options);

/**
 * Measures the quiet tenant's latency alone and beside the other, by turns, on one instance with the heap of a deployed one. Starts a local cloud
 * of its own, and ends it.
 *
 * Prints the table, or with `json` the {@link Report}. A number that is missed is told, and no failure.
 */
async function bench(neighbour: Neighbour, { json, seconds = DEFAULT_SECONDS }: BenchOptions): Promise<void> {
  const report = await measure(neighbour, seconds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

async function measure(neighbour: Neighbour, seconds: number, progress: (line: string) => void): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  progress('starting a local cloud');
  const neighbours = await startNeighbours();
  cleanup.defer(() => neighbours.end());
  progress('warming up');
  await Promise.all([neighbours.quiet(WARM_UP_SECONDS), neighbour.act(neighbours, WARM_UP_SECONDS)]);
  const rounds: Round[] = [];
  let refusedQuiet = 0;
  for (let number = 1; number <= ROUNDS; number++) {
    const { round, refused } = await measureRound(neighbours, neighbour, seconds, number % 2 === 0);
    rounds.push(round);
    refusedQuiet += refused;
    progress(`round ${number} of ${ROUNDS}: the other got ${figure(round.flood.eventsPerSecond, 0)} events/s`);
  }
  return reportOf(neighbour, rounds, [
    `${ROUNDS} rounds of ${seconds} s alone and ${seconds} s beside, the order changing. The quiet tenant sends 50 requests/s of 10 events, evenly spaced; latency from when a request was due.`,
    `${neighbour.note} One instance of the ingest function; it, Pub/Sub, Firestore and both clients share the machine's cores.`,
    `Requests of the quiet tenant that were not answered 202: ${refusedQuiet}.`,
  ]);
}

async function measureRound(
  neighbours: Neighbours,
  { act }: Neighbour,
  seconds: number,
  isFloodFirst: boolean,
): Promise<{ readonly round: Round; readonly refused: number }> {
  const alone = () => neighbours.quiet(seconds);
  const beside = () => Promise.all([neighbours.quiet(seconds), act(neighbours, seconds)]);
  // By turns from either end, so that neither being first nor being last is an advantage.
  const early = isFloodFirst ? undefined : await alone();
  const [quiet, flood] = await beside();
  const undisturbed = early ?? (await alone());
  return {
    round: { aloneMs: undisturbed.latenciesMs, besideMs: quiet.latenciesMs, flood },
    refused: undisturbed.refused + quiet.refused,
  };
}
