import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { residentBytes } from '#bench/process/memory.ts';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';
import { createTaps, type Published, tapsOn } from '#test/taps/taps.ts';
import { fuzz, type FuzzTenant } from './fuzz.ts';
import { holdSlowConnections } from './slow-clients.ts';

const USAGE = 'usage: npm run test:fuzz:ingest -- [--requests N] [--seed N]';
const TENANTS = 8;
const SLOW_CONNECTIONS = 240;
const MB = 1_000_000;
/** What the functions may hold at the end beyond what they held once warm: as much again as one generation of young objects. */
const MAX_GROWTH_BYTES = 150 * MB;
/** After this part of the requests everything has been compiled and every cache is filled. */
const WARM_AFTER = 0.25;
const SAMPLE_MS = 500;
const DRAIN_EVERY = 20_000;
/** How long `decide` may take to have seen everything. */
const SETTLED_WITHIN_MS = 120_000;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const [requests = Number.NaN, seed = Number.NaN] = [values.requests, values.seed].map(Number);
if (!(requests > 0) || !Number.isInteger(seed)) throw new Error(USAGE);

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const Functions = z.object({ pid: z.number() });

/** Tenants whose limits are out of the way: it is what lies behind them that is looked at. */
async function onboardTenants(controlUrl: string): Promise<FuzzTenant[]> {
  const tenants: FuzzTenant[] = [];
  for (let n = 0; n < TENANTS; n++) {
    const id = `fuzz-${n}`;
    const apiKey = await onboard(controlUrl, id, {
      mode: n % 2 === 0 ? 'open' : 'strict',
      plan: 'enterprise',
      ordering: n === 2,
      deduplication: n === 3 ? '24h' : 'none',
      limits: { eventsPerSecond: 1_000_000, burstEvents: 10_000_000 },
    });
    const header = Buffer.from('{"alg":"RS256","kid":"x"}').toString('base64url');
    const claims = Buffer.from(JSON.stringify({ iss: 'x', tenant_id: id })).toString('base64url');
    const badCredentials = [
      'x',
      '',
      `${apiKey}x`,
      apiKey.replace(`_${id}_`, '_acme_'),
      `hg_${id}_${'A'.repeat(43)}`,
      `hg_nobody_${'A'.repeat(43)}`,
      `${header}.${claims}.AAAA`,
      'a.b.c',
    ];
    tenants.push({ id, apiKey, badCredentials });
  }
  return tenants;
}

async function pidOf(controlUrl: string): Promise<number> {
  const response = await fetch(`${controlUrl}/functions`, { signal: AbortSignal.timeout(5_000) });
  return Functions.parse(await response.json()).pid;
}

/** Waits until what was sent last has been applied: whatever could not be applied has been dead-lettered by then. */
async function settled(stack: TestStack, tenants: readonly FuzzTenant[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { id, apiKey } of tenants) {
    const api = apiOf({ ...stack, tenants: { [id]: { apiKey } } }, id);
    const type = 'customer.deleted';
    const last = anEvent({ id: 'fuzz_last', subject: 'cus_last', type, data: { customer: { id: 'cus_last' } } });
    const { status, body } = await api.post('/v1/events', last);
    if (status !== 202) faults.push(`${id}: the last event was answered ${status}: ${JSON.stringify(body)}`);
    else
      await eventually(
        () => api.get('/v1/subjects/cus_last'),
        (answer) => answer.status === 200,
        SETTLED_WITHIN_MS,
      );
  }
  return faults;
}

async function main(stack: TestStack): Promise<string[]> {
  const controlUrl = await controlUrlOf(stack.directory);
  const tenants = await onboardTenants(controlUrl);
  const names = ['acme', 'globex', ...tenants.map(({ id }) => id)];
  await createTaps(stack, names);
  const taps = tapsOn(stack, names);
  const pid = await pidOf(controlUrl);
  const published: Published[] = [];

  const samples: { readonly sent: number; readonly bytes: number }[] = [];
  let sent = 0;
  const sampling = setInterval(() => {
    void residentBytes(pid).then((bytes) => bytes !== undefined && samples.push({ sent, bytes }));
  }, SAMPLE_MS);
  // A tenant of its own: its share of the instance is soon taken.
  const slowKey = await onboard(controlUrl, 'fuzz-slow', { mode: 'open' });
  const slow = holdSlowConnections(stack.api, SLOW_CONNECTIONS, `authorization: Bearer ${slowKey}`);

  const startedAt = performance.now();
  let drained = Promise.resolve();
  const result = await fuzz({
    api: stack.api,
    tenants,
    requests,
    seed,
    onProgress: (answered) => {
      // Taps are emptied on the way, so that Pub/Sub need not hold it all.
      if (Math.floor(answered / DRAIN_EVERY) > Math.floor(sent / DRAIN_EVERY)) {
        print(`${answered} requests, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
        drained = drained.then(async () => void published.push(...(await taps.drain())));
      }
      sent = answered;
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(sampling);
  const lastBytes = await residentBytes(pid);
  const faults = [...result.faults];
  const stayedOpen = await slow;
  if (stayedOpen > 0) faults.push(`${stayedOpen} connections on which a request never ended were left open`);
  faults.push(...(await settled(stack, tenants)));
  await drained;
  published.push(...(await taps.drain()));
  const inspected = published.filter(({ attributes }) => attributes['event_id'] !== 'fuzz_last');
  faults.push(...result.ledger.faultsOf(inspected, result.unanswered));
  if ((await pidOf(controlUrl)) !== pid) faults.push(`the functions were started again:\n${stack.output()}`);

  print(`${result.requests} requests in ${seconds.toFixed(1)} s, ${result.ledger.total} events accepted`);
  for (const [answer, count] of [...result.answers].sort(([, a], [, b]) => b - a)) {
    print(`${String(count).padStart(8)}  ${answer}`);
  }
  if (result.requests < requests) faults.push(`stopped before all ${requests} were sent`);
  const growth = reportMemory(samples, lastBytes);
  if (growth > MAX_GROWTH_BYTES) faults.push(`memory grew by ${(growth / MB).toFixed(0)} MB`);
  return faults;

  function reportMemory(all: typeof samples, last: number | undefined): number {
    const warm = all.filter((sample) => sample.sent > WARM_AFTER * requests).slice(0, 10);
    if (warm.length === 0 || last === undefined) return 0;
    const median = warm.map(({ bytes }) => bytes).sort((a, b) => a - b)[Math.floor(warm.length / 2)] ?? 0;
    const most = Math.max(...all.map(({ bytes }) => bytes), last);
    const megabytes = [median, most, last].map((bytes) => (bytes / MB).toFixed(0));
    print(
      `memory of the functions: ${megabytes[0]} MB once warm, ${megabytes[1]} MB at most, ${megabytes[2]} MB at the end`,
    );
    return last - median;
  }
}

print(`seed ${seed}`);
const stack = await startStack();
// What has been started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stack.stop().then(() => process.exit(1)));
try {
  const faults = await main(stack);
  for (const fault of faults) print(`FAULT  ${fault}`);
  print(`${requests} requests, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await stack.stop();
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}
