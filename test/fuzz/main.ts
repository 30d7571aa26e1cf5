import { parseArgs } from 'node:util';
import { residentBytes } from '#bench/process/memory.ts';
import { MEMORY_MIB, nodeOptionsFor } from '#infra/components/instance-memory.ts';
import { startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack, type TestStack } from '#test/stack/start-stack.ts';
import { createTaps, type Published, tapsOn } from '#test/taps/taps.ts';
import { fuzz } from './fuzz.ts';
import { type MemoryUse, watchMemory } from './memory.ts';
import { LAST_EVENT_ID, settled } from './settled.ts';
import { holdSlowConnections } from './slow-clients.ts';
import { onboardTenants } from './tenants.ts';

const USAGE = 'usage: npm run test:fuzz:ingest -- [--requests N] [--seed N]';
const SLOW_CONNECTIONS = 240;
const MB = 1_000_000;
/** What the functions may hold at the end beyond what they held once warm: a collector that is in no hurry leaves as much. */
const MAX_GROWTH_BYTES = 150 * MB;
/** After this part of the requests everything has been compiled and every cache is filled. */
const WARM_AFTER = 0.25;
/** Taps are emptied on the way, so that Pub/Sub need not hold it all. */
const DRAIN_EVERY = 20_000;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const [requests = Number.NaN, seed = Number.NaN] = [values.requests, values.seed].map(Number);
if (!(requests > 0) || !Number.isInteger(seed)) throw new Error(USAGE);

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Sends it all to an instance beside the stack's own, with the heap of a deployed one.
 *
 * @returns all that is wrong.
 */
async function run(stack: TestStack): Promise<string[]> {
  const instance = await startFunctionsInstance(stack, 'node', { NODE_OPTIONS: nodeOptionsFor(MEMORY_MIB.ingest) });
  try {
    return await runOn({ ...stack, api: instance.url }, instance.pid);
  } finally {
    await instance.end();
  }
}

async function runOn(stack: TestStack, pid: number): Promise<string[]> {
  const controlUrl = await controlUrlOf(stack.directory);
  const tenants = await onboardTenants(controlUrl);
  const names = ['acme', 'globex', ...tenants.map(({ id }) => id)];
  await createTaps(stack, names);
  const taps = tapsOn(stack, names);
  const published: Published[] = [];
  const memory = watchMemory(pid);
  // A tenant of its own: its share of the instance is soon taken.
  const slowKey = await onboard(controlUrl, 'fuzz-slow', { mode: 'open' });
  const slow = holdSlowConnections(stack.api, SLOW_CONNECTIONS, `authorization: Bearer ${slowKey}`);

  const startedAt = performance.now();
  const secondsNow = (): string => ((performance.now() - startedAt) / 1000).toFixed(0);
  let drained = Promise.resolve();
  let drains = 0;
  const result = await fuzz({
    api: stack.api,
    tenants,
    requests,
    seed,
    onProgress: (sent) => {
      if (sent > WARM_AFTER * requests) memory.isWarm();
      if (sent < (drains + 1) * DRAIN_EVERY) return;
      drains++;
      print(`${sent} requests, ${secondsNow()} s`);
      drained = drained.then(async () => void published.push(...(await taps.drain())));
    },
  });
  print(`${result.requests} requests in ${secondsNow()} s, ${result.ledger.total} events accepted`);
  for (const [answer, count] of [...result.answers].sort(([, a], [, b]) => b - a)) {
    print(`${String(count).padStart(8)}  ${answer}`);
  }

  const faults = [...result.faults, ...faultsOfMemory(await memory.end())];
  if (result.requests < requests) faults.push(`stopped before all ${requests} were sent`);
  const stayedOpen = await slow;
  if (stayedOpen > 0) faults.push(`${stayedOpen} connections on which a request never ended were left open`);
  faults.push(...(await settled(stack, tenants)));
  await drained;
  published.push(...(await taps.drain()));
  const sent = published.filter(({ attributes }) => attributes['event_id'] !== LAST_EVENT_ID);
  faults.push(...result.ledger.faultsOf(sent, result.unanswered));
  if ((await residentBytes(pid)) === undefined) faults.push('the functions have ended');
  return faults;
}

function faultsOfMemory(use: MemoryUse | undefined): string[] {
  if (use === undefined) return [];
  const [warm, most, last] = [use.warm, use.most, use.last].map((bytes) => (bytes / MB).toFixed(0));
  print(`memory of the functions: ${warm} MB once warm, ${most} MB at most, ${last} MB at the end`);
  return use.last - use.warm > MAX_GROWTH_BYTES ? [`memory grew from ${warm} to ${last} MB`] : [];
}

print(`seed ${seed}`);
const stack = await startStack();
// What has been started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stack.stop().then(() => process.exit(1)));
}
try {
  const faults = await run(stack);
  for (const fault of faults) print(`FAULT  ${fault}`);
  print(`${requests} requests, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await stack.stop();
}
