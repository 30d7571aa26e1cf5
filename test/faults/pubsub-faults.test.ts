import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { clearFaults, faultsApplied, setFault } from '#test/stack/faults.ts';
import { describeLoad, type LoadResult } from '#test/stack/load.ts';
import { expectNothingLost } from '#test/stack/nothing-lost.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

const EVENTS = 3_000;
const BATCH_SIZE = 100;
const LOAD = { events: EVENTS, batchSize: BATCH_SIZE, settleWithinMs: 120_000 };
/** What a client is promised while publications fail: taken, taken in part, or not taken. */
const PROMISED = ['202', '202 retry publish_unavailable', '503 publish_unavailable'];
const OUTAGE_MS = 10_000;
/** What the first of an outage's requests spend on finding out, and what any may need on a busy machine. */
const FINDING_OUT_MS = 2_500;
const AT_ONCE_MS = 1_500;

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({}, ['--faults']);
  // Its requests are ten publish calls each, of which some may fail.
  const batching = { maxMessages: 10, maxBytes: 1_000_000, maxMilliseconds: 5 };
  const apiKey = await onboard(await controlUrlOf(stack.directory), 'initech', { batching });
  stack.tenants['initech'] = { apiKey };
});
afterEach(() => clearFaults(stack));
afterAll(() => stack.stop());

const topic = (tenant: string): string => `projects/${stack.project}/topics/${tenant}.events`;
const named = (answers: ReadonlyMap<string, number>): string[] => [...answers.keys()].toSorted();
const report = (what: string): boolean => process.stdout.write(`${what}\n`);

describe(`under a load of ${EVENTS} events`, () => {
  test('Pub/Sub takes 2 s for each publication: all of it is accepted, nothing is lost, nothing counts twice', async () => {
    await setFault(stack, 'slow', { target: topic('acme'), method: 'Publish', latencyMs: 2_000 });
    const load = await expectNothingLost(stack, LOAD);
    const { slow } = await faultsApplied(stack);
    expect(slow).toBeGreaterThan(0);
    expect(load.slowestMs).toBeGreaterThan(1_900);
    expect(named(load.answers)).toEqual(['202']);
    report(`Pub/Sub slow by 2 s (${slow} calls): ${describeLoad(load)}`);
  });

  test.each([
    { what: 'a fifth of the publications fails: ingest tries again by itself', probability: 0.2, refused: [0, 0.02] },
    { what: 'four fifths fail: some events are to be sent again', probability: 0.8, refused: [0.01, 20] },
  ])('$what; nothing is lost, nothing counts twice', async ({ what, probability, refused: [least, most] }) => {
    await setFault(stack, 'failing', { target: topic('initech'), method: 'Publish', code: 'UNAVAILABLE', probability });
    const load = await expectNothingLost(stack, { ...LOAD, tenant: 'initech' });
    const { failing = 0 } = await faultsApplied(stack);
    // Ten events a call: at least so many calls fail, of those that the load takes without a failure.
    expect(failing).toBeGreaterThan((EVENTS / 10) * probability * 0.5);
    const refusedEvents = refusedOf(load);
    expect(refusedEvents / EVENTS).toBeGreaterThanOrEqual(least!);
    expect(refusedEvents / EVENTS).toBeLessThanOrEqual(most!);
    expect(PROMISED).toEqual(expect.arrayContaining(named(load.answers)));
    await expectRecovery('initech');
    report(`${what} (${failing} calls, ${refusedEvents} events to be sent again): ${describeLoad(load)}`);
  });

  test('some publish calls of a request are denied: those events are to be sent again, the others are accepted', async () => {
    await setFault(stack, 'denied', {
      target: topic('initech'),
      method: 'Publish',
      code: 'PERMISSION_DENIED',
      probability: 0.5,
      times: 40,
    });
    const load = await expectNothingLost(stack, { ...LOAD, tenant: 'initech' });
    const { denied } = await faultsApplied(stack);
    expect(denied).toBe(40);
    expect(load.answers.get('202 retry publish_unavailable')).toBeGreaterThan(0);
    expect([...PROMISED, '503 circuit_open']).toEqual(expect.arrayContaining(named(load.answers)));
    await expectRecovery('initech');
    report(`publish calls denied (${denied}): ${describeLoad(load)}`);
  });

  test('a tenth of the acknowledgements is lost, a tenth of the messages comes twice: nothing is lost, nothing counts twice', async () => {
    await setFault(stack, 'lossy', { target: topic('acme'), dropAcknowledgements: 0.1, duplicateDeliveries: 0.1 });
    const load = await expectNothingLost(stack, LOAD);
    const { lossy } = await faultsApplied(stack);
    expect(lossy).toBeGreaterThan(EVENTS / 10);
    report(`acknowledgements lost, messages twice (${lossy}): ${describeLoad(load)}`);
  });

  test(`an outage of ${OUTAGE_MS} ms: not ready and 503 at once as long as it lasts, nothing is lost, nothing counts twice`, async () => {
    let outage: Promise<Watched> | undefined;
    const load = await expectNothingLost(stack, {
      ...LOAD,
      onProgress: (accepted) => {
        if (accepted >= EVENTS / 4) outage ??= watchOutage();
      },
    });
    const { ready, codes, slowestMs } = await outage!;
    expect(ready).toEqual(new Set([503]));
    expect(codes).toEqual(new Set(['503 publish_unavailable 1']));
    expect(slowestMs).toBeLessThan(AT_ONCE_MS);
    expect(PROMISED).toEqual(expect.arrayContaining(named(load.answers)));
    expect(load.answers.get('503 publish_unavailable')).toBeGreaterThan(0);
    await expectRecovery('acme');
    report(`Pub/Sub down for ${OUTAGE_MS} ms: a 503 took at most ${Math.round(slowestMs)} ms; ${describeLoad(load)}`);
  });
});

/** Events of the load that were answered, but not taken, counted each time. */
function refusedOf({ answers }: LoadResult): number {
  const inPart = answers.get('202 retry publish_unavailable') ?? 0;
  return inPart + (answers.get('503 publish_unavailable') ?? 0) * BATCH_SIZE;
}

/** Takes the faults back: from then on it is as if there had been none. */
async function expectRecovery(tenant: string): Promise<void> {
  await clearFaults(stack);
  await eventually(readiness, (status) => status === 200, 5_000);
  await eventually(
    async () => (await apiOf(stack, tenant).post('/v1/events', anEvent())).status,
    (status) => status === 202,
    10_000,
  );
}

/** What was answered while Pub/Sub was down. */
interface Watched {
  readonly ready: ReadonlySet<number>;
  /** Status, code and `Retry-After`. */
  readonly codes: ReadonlySet<string>;
  readonly slowestMs: number;
}

async function readiness(): Promise<number> {
  const answer = await fetch(`${stack.api}/readyz`, { signal: AbortSignal.timeout(5_000) });
  await answer.body?.cancel();
  return answer.status;
}

/** Takes Pub/Sub away, and asks again and again, once that is known. */
async function watchOutage(): Promise<Watched> {
  const acme = apiOf(stack, 'acme');
  const ready = new Set<number>();
  const codes = new Set<string>();
  let slowestMs = 0;
  await setFault(stack, 'outage', { target: '*', outage: true });
  const endsAtMs = performance.now() + OUTAGE_MS;
  await delay(FINDING_OUT_MS);
  while (performance.now() < endsAtMs - AT_ONCE_MS) {
    ready.add(await readiness());
    const startedAtMs = performance.now();
    const { status, body, headers } = await acme.post('/v1/events', anEvent({ subject: 'watcher' }));
    slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    codes.add(`${status} ${String(body['code'])} ${headers.get('retry-after')}`);
    await delay(200);
  }
  await delay(endsAtMs - performance.now());
  await setFault(stack, 'outage', undefined);
  return { ready, codes, slowestMs };
}
