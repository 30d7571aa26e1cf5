import { LIMIT, startNeighbours, type Neighbours } from '#test/fairness/neighbours.ts';
import type { BenchOptions } from '../bench.ts';
import { figure } from '../measurement/figure.ts';
import { type Report, renderReport, reportOf, type Round } from './report.ts';

const ROUNDS = 7;
const DEFAULT_SECONDS = 8;
const WARM_UP_SECONDS = 5;

/**
 * What a quiet tenant notices of a neighbour that floods with ten times its limit, on one instance: its latency alone and
 * beside the flood, by turns. Starts a local cloud of its own, and ends it.
 *
 * Prints the table, or with `json` the {@link Report}. A number that is missed is told, and no failure.
 */
export async function benchFairness({ json, seconds = DEFAULT_SECONDS }: BenchOptions): Promise<void> {
  const report = await measure(seconds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

async function measure(seconds: number, progress: (line: string) => void): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  progress('starting a local cloud');
  const neighbours = await startNeighbours();
  cleanup.defer(() => neighbours.end());
  progress('warming up');
  await Promise.all([neighbours.quiet(WARM_UP_SECONDS), neighbours.flood(WARM_UP_SECONDS)]);
  const rounds: Round[] = [];
  let refusedQuiet = 0;
  for (let number = 1; number <= ROUNDS; number++) {
    const { round, refused } = await measureRound(neighbours, seconds, number % 2 === 0);
    rounds.push(round);
    refusedQuiet += refused;
    progress(`round ${number} of ${ROUNDS}: the flood got ${figure(round.flood.eventsPerSecond, 0)} events/s`);
  }
  return reportOf(rounds, [
    `${ROUNDS} rounds of ${seconds} s alone and ${seconds} s beside, the order changing. The quiet tenant sends 50 requests/s of 10 events, evenly spaced; latency from when a request was due.`,
    `The other sends ten times its limit of ${figure(LIMIT.eventsPerSecond, 0)} events/s, 25 a request, from a process of its own. One instance of the ingest function; it, Pub/Sub, Firestore and both clients share the machine's cores.`,
    `Requests of the quiet tenant that were not answered 202: ${refusedQuiet}.`,
  ]);
}

async function measureRound(
  neighbours: Neighbours,
  seconds: number,
  isFloodFirst: boolean,
): Promise<{ readonly round: Round; readonly refused: number }> {
  const alone = () => neighbours.quiet(seconds);
  const beside = () => Promise.all([neighbours.quiet(seconds), neighbours.flood(seconds)]);
  // By turns from either end, so that neither being first nor being last is an advantage.
  const early = isFloodFirst ? undefined : await alone();
  const [quiet, { acceptedPerSecond, statuses }] = await beside();
  const undisturbed = early ?? (await alone());
  return {
    round: {
      aloneMs: undisturbed.latenciesMs,
      besideMs: quiet.latenciesMs,
      flood: {
        eventsPerSecond: acceptedPerSecond.reduce((sum, events) => sum + events, 0) / seconds,
        refused: statuses['429'] ?? 0,
      },
    },
    refused: undisturbed.refused + quiet.refused,
  };
}
