import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FirestoreServer, startFirestore } from '#emulator/firestore/index.ts';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { clearFaults, faultsApplied, setFault } from '#test/stack/faults.ts';
import { describeLoad } from '#test/stack/load.ts';
import { expectNothingLost } from '#test/stack/nothing-lost.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { startTcpProxy, type TcpProxy } from '#test/stack/tcp-proxy.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';

const OUTAGE_MS = 60_000;
const SLOW_MS = 5_000;
/** A key's lease, and what it takes to ask again. */
const LEASE_WITHIN_MS = 45_000;
/** Eight clients, so that the load lasts as long as the outage. */
const PACED = { events: 6_000, batchSize: 25, pauseMs: 1_900, settleWithinMs: 120_000 };

let firestore: FirestoreServer;
let proxy: TcpProxy;
let stack: TestStack;

beforeAll(async () => {
  firestore = await startFirestore({ host: '127.0.0.1', port: 0 });
  proxy = await startTcpProxy(firestore.address);
  stack = await startStack({ FIRESTORE_EMULATOR_HOST: proxy.address }, ['--faults']);
  const apiKey = await onboard(await controlUrlOf(stack.directory), 'hooli', { deduplication: '24h' });
  stack.tenants['hooli'] = { apiKey };
  // From here on the settings and keys are known.
  for (const tenant of ['acme', 'hooli']) await apiOf(stack, tenant).post('/v1/events', anEvent());
});
afterEach(async () => {
  proxy.set('open');
  proxy.delayBy(0);
  await clearFaults(stack);
});
afterAll(async () => {
  await stack.stop();
  await proxy.close();
  await firestore.close();
});

const key = (): string => `"${randomUUID()}"`;
const named = (answers: ReadonlyMap<string, number>): string[] => [...answers.keys()].toSorted();
const report = (what: string): boolean => process.stdout.write(`${what}\n`);

test(`Firestore is down for ${OUTAGE_MS} ms, refusing at first, then silent: ingest goes on, nothing is lost, nothing counts twice`, async () => {
  proxy.set('refusing');
  const outage = delay(OUTAGE_MS / 2)
    .then(() => proxy.set('silent'))
    .then(() => delay(OUTAGE_MS / 2))
    .then(() => proxy.set('open'));
  const loads = await Promise.all([
    expectNothingLost(stack, PACED),
    expectNothingLost(stack, { ...PACED, tenant: 'hooli', idempotencyKeys: true }),
  ]);
  await outage;
  for (const [index, load] of loads.entries()) {
    report(`Firestore down for ${OUTAGE_MS} ms, ${index === 0 ? 'plain' : 'keys and marks'}: ${describeLoad(load)}`);
    expect(named(load.answers)).toEqual(['202']);
  }
});

test(`Firestore is slow by ${SLOW_MS} ms: ingest goes on, nothing is lost, nothing counts twice`, async () => {
  proxy.delayBy(SLOW_MS);
  const load = { events: 2_000, batchSize: 25, pauseMs: 500, settleWithinMs: 90_000 };
  const loads = await Promise.all([
    expectNothingLost(stack, { ...load, onProgress: (accepted) => accepted >= 2_000 && proxy.delayBy(0) }),
    expectNothingLost(stack, { ...load, tenant: 'hooli', idempotencyKeys: true }),
  ]);
  for (const [index, each] of loads.entries()) {
    expect(named(each.answers)).toEqual(['202']);
    report(`Firestore slow by ${SLOW_MS} ms, ${index === 0 ? 'plain' : 'keys and marks'}: ${describeLoad(each)}`);
  }
});

test('killed between publishing and remembering: the key is taken over, the events have the same ids and count once', async () => {
  const acme = apiOf(stack, 'acme');
  const ask = warehouseOf(stack);
  const subject = `cus_${randomUUID()}`;
  const events = Array.from({ length: 50 }, () => {
    const { id: _id, ...event } = anEvent({ subject });
    return event;
  });
  const headers = { 'idempotency-key': key() };
  const rows = async (table: string): Promise<number> =>
    (await ask(`SELECT event_id FROM acme.${table} WHERE subject = @subject`, { subject })).length;

  // What was slow before may have been given up for a moment.
  const [probe, probeHeaders] = [anEvent(), { 'idempotency-key': key() }];
  await eventually(
    () => acme.post('/v1/events', probe, probeHeaders),
    (answer) => answer.headers.get('idempotent-replayed') === 'true',
    20_000,
  );
  await setFault(stack, 'slow', {
    target: `projects/${stack.project}/topics/acme.events`,
    method: 'Publish',
    latencyMs: 1_000,
  });
  const first = acme.post('/v1/events', events, headers).catch(() => undefined);
  await eventually(
    () => faultsApplied(stack),
    ({ slow = 0 }) => slow > 0,
    10_000,
  );
  proxy.set('silent');
  await eventually(
    () => rows('events'),
    (count) => count === 50,
    10_000,
  );
  const killed = stack.killFunctions();
  await first;
  proxy.set('open');
  await killed;

  const startedAtMs = performance.now();
  const seen = new Set<number>();
  const answer = await eventually(
    () => acme.post('/v1/events', events, headers),
    ({ status }) => {
      seen.add(status);
      return status === 202;
    },
    LEASE_WITHIN_MS,
  );
  const afterMs = performance.now() - startedAtMs;
  expect(seen).toEqual(new Set([409, 202]));
  expect(answer.headers.get('idempotent-replayed')).toBeNull();
  expect(answer.body['accepted']).toBe(50);
  await eventually(
    () => rows('events'),
    (count) => count === 100,
    10_000,
  );
  expect(await rows('unique_events')).toBe(50);
  const { body } = await eventually(
    () => acme.get(`/v1/subjects/${subject}`),
    (view) => (view.body['counts'] as Record<string, { total: number }> | undefined)?.['order.placed'] !== undefined,
    10_000,
  );
  expect((body['counts'] as Record<string, { total: number }>)['order.placed']?.total).toBe(50);
  report(`killed before remembering: the key was free again after ${Math.round(afterMs)} ms; 100 rows, 50 unique`);
});
