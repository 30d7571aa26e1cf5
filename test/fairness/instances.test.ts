import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FirestoreServer, startFirestore } from '#emulator/firestore/index.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { startTcpProxy, type TcpProxy } from '#test/stack/tcp-proxy.ts';
import { startFlooder, type Flooder, type FloodResult } from './flood.ts';
import { limitedTenant, withoutSubscribers } from './tenants.ts';

const INSTANCES = 4;
const LIMIT = { eventsPerSecond: 2_000, burstEvents: 2_500 };
const EVENTS_PER_REQUEST = 50;
const WARM_UP_SECONDS = 12;
const SECONDS = 25;
const TOLERANCE = 0.1;
const OUTAGE_SECONDS = 15;

let firestore: FirestoreServer;
let proxy: TcpProxy;
let stack: TestStack;
let instances: FunctionsInstance[];
let flooder: Flooder;

beforeAll(async () => {
  firestore = await startFirestore({ host: '127.0.0.1', port: 0 });
  proxy = await startTcpProxy(firestore.address);
  stack = await startStack({ FIRESTORE_EMULATOR_HOST: proxy.address });
  instances = await Promise.all(
    Array.from({ length: INSTANCES }, () => startFunctionsInstance(stack, 'node', { FUNCTIONS: 'ingest' })),
  );
  flooder = startFlooder();
});
afterAll(async () => {
  flooder.end();
  await Promise.all(instances.map((instance) => instance.end()));
  await stack.stop();
  await proxy.close();
  await firestore.close();
});

/** Ten times the limit, spread over the instances as `weights` say. */
function floodInstances(apiKey: string, weights: readonly number[], seconds: number): Promise<FloodResult> {
  return flooder.flood({
    targets: instances.map(({ url }, index) => ({ url, weight: weights[index] ?? 0 })),
    apiKey,
    eventsPerRequest: EVENTS_PER_REQUEST,
    requestsPerSecond: (10 * LIMIT.eventsPerSecond) / EVENTS_PER_REQUEST,
    seconds,
  });
}

const report = (line: string): boolean => process.stdout.write(`${line}\n`);

function meanOf(what: string, { acceptedPerSecond, statuses }: FloodResult): number {
  const mean = acceptedPerSecond.reduce((sum, events) => sum + events, 0) / acceptedPerSecond.length;
  report(`${what}: accepted in each second: ${acceptedPerSecond.join(' ')}`);
  report(`${what}: ${mean.toFixed(0)} events/s of ${LIMIT.eventsPerSecond}; answers ${JSON.stringify(statuses)}`);
  return mean;
}

test.each([
  ['evenly', 'evenly', [25, 25, 25, 25]],
  ['one gets most', 'unevenly', [85, 5, 5, 5]],
])('four instances, flooded %s, let through the limit within 10 %%', async (what, tenant, weights) => {
  const apiKey = await limitedTenant(stack, tenant, LIMIT);
  await withoutSubscribers(stack, [tenant]);
  await floodInstances(apiKey, weights, WARM_UP_SECONDS);
  const result = await floodInstances(apiKey, weights, SECONDS);
  const mean = meanOf(what, result);
  expect(Object.keys(result.statuses).toSorted()).toEqual(['202', '429']);
  expect(mean).toBeGreaterThan(LIMIT.eventsPerSecond * (1 - TOLERANCE));
  expect(mean).toBeLessThan(LIMIT.eventsPerSecond * (1 + TOLERANCE));
});

test('Firestore ends in the midst: requests go on, within the limit', async () => {
  const apiKey = await limitedTenant(stack, 'outage', LIMIT);
  await withoutSubscribers(stack, ['outage']);
  const weights = [25, 25, 25, 25];
  await floodInstances(apiKey, weights, WARM_UP_SECONDS);
  proxy.set('refusing');
  const during = await floodInstances(apiKey, weights, OUTAGE_SECONDS);
  proxy.set('open');
  await delay(2_000);
  const after = await floodInstances(apiKey, weights, OUTAGE_SECONDS);
  const meanDuring = meanOf('while Firestore is down', during);
  const meanAfter = meanOf('afterwards', after);
  for (const { statuses } of [during, after]) expect(Object.keys(statuses).toSorted()).toEqual(['202', '429']);
  expect(meanDuring).toBeGreaterThan(LIMIT.eventsPerSecond * 0.8);
  expect(meanDuring).toBeLessThan(LIMIT.eventsPerSecond * 1.2);
  expect(meanAfter).toBeGreaterThan(LIMIT.eventsPerSecond * 0.8);
});
