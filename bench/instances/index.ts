import { setTimeout as delay } from 'node:timers/promises';
import { startFirestore } from '#emulator/firestore/index.ts';
import { type FloodResult, startFlooder } from '#test/fairness/flood.ts';
import { limitedTenant, withoutSubscribers } from '#test/fairness/tenants.ts';
import { startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { startStack } from '#test/stack/start-stack.ts';
import { startTcpProxy } from '#test/stack/tcp-proxy.ts';
import type { BenchOptions } from '../bench.ts';
import { figure } from '../measurement/figure.ts';
import { type Flooded, renderReport, type Report, reportOf } from './report.ts';

const INSTANCES = 4;
const LIMIT = { eventsPerSecond: 2_000, burstEvents: 2_500 };
const EVENTS_PER_REQUEST = 50;
const WARM_UP_SECONDS = 12;
const DEFAULT_SECONDS = 25;
/** What an instance takes to find out that Firestore is back. */
const RECOVERY_MS = 2_000;

const EVENLY = [25, 25, 25, 25];
const UNEVENLY = [85, 5, 5, 5];
/** Of the limit, what may be accepted while shares are settled, and while they cannot be. */
const SETTLED = { atLeast: 0.9, atMost: 1.1 };
const UNSETTLED = { atLeast: 0.8, atMost: 1.2 };

/**
 * What four instances together let through of ten times a tenant's limit: spread evenly, unevenly, and while Firestore is
 * down. Starts a local cloud of its own, and ends it.
 *
 * Prints the table, or with `json` the {@link Report}. A number that is missed is told, and no failure.
 */
export async function benchInstances({ json, seconds = DEFAULT_SECONDS }: BenchOptions): Promise<void> {
  const report = await measure(seconds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

async function measure(seconds: number, progress: (line: string) => void): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  progress('starting a local cloud');
  const firestore = await startFirestore({ host: '127.0.0.1', port: 0 });
  cleanup.defer(() => firestore.close());
  const proxy = await startTcpProxy(firestore.address);
  cleanup.defer(() => proxy.close());
  const stack = await startStack({ FIRESTORE_EMULATOR_HOST: proxy.address });
  cleanup.defer(async () => void (await stack.stop()));
  const start = () => startFunctionsInstance(stack, 'node', { FUNCTIONS: 'ingest' });
  const instances = await Promise.all(Array.from({ length: INSTANCES }, start));
  cleanup.defer(async () => void (await Promise.all(instances.map((instance) => instance.end()))));
  const flooder = startFlooder();
  cleanup.defer(() => flooder.end());

  const flood = (apiKey: string, weights: readonly number[], floodSeconds: number): Promise<FloodResult> =>
    flooder.flood({
      targets: instances.map(({ url }, index) => ({ url, weight: weights[index] ?? 0 })),
      apiKey,
      eventsPerRequest: EVENTS_PER_REQUEST,
      requestsPerSecond: (10 * LIMIT.eventsPerSecond) / EVENTS_PER_REQUEST,
      seconds: floodSeconds,
    });
  const warmedUp = async (tenant: string, weights: readonly number[]): Promise<string> => {
    progress(`warming up: ${tenant}`);
    const apiKey = await limitedTenant(stack, tenant, LIMIT);
    await withoutSubscribers(stack, [tenant]);
    await flood(apiKey, weights, WARM_UP_SECONDS);
    return apiKey;
  };

  const floods: Flooded[] = [];
  for (const [tenant, what, weights] of [
    ['evenly', 'evenly', EVENLY],
    ['unevenly', 'one gets most', UNEVENLY],
  ] as const) {
    const apiKey = await warmedUp(tenant, weights);
    floods.push({ what, ...SETTLED, ...(await flood(apiKey, weights, seconds)) });
  }
  const apiKey = await warmedUp('outage', EVENLY);
  proxy.set('refusing');
  floods.push({ what: 'while Firestore is down', ...UNSETTLED, ...(await flood(apiKey, EVENLY, seconds)) });
  proxy.set('open');
  await delay(RECOVERY_MS);
  floods.push({ what: 'once it is back', ...UNSETTLED, ...(await flood(apiKey, EVENLY, seconds)) });
  return reportOf(LIMIT.eventsPerSecond, floods, [
    `${INSTANCES} instances of the ingest function, and one tenant with a limit of ${figure(LIMIT.eventsPerSecond, 0)} events/s that sends ten times as much, ${EVENTS_PER_REQUEST} a request, for ${seconds} s after ${WARM_UP_SECONDS} s.`,
    'They, Pub/Sub, Firestore and the client share the machine’s cores.',
  ]);
}
