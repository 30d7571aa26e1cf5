import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectNothingLost } from '#test/stack/nothing-lost.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

const EVENTS = 3_000;
const SETTLE_WITHIN_MS = 120_000;
const OUTAGE_MS = 5_000;

describe(`under a load of ${EVENTS} events`, () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startStack({}, ['--faults']);
  });
  afterEach(() => faults('DELETE', ''));
  afterAll(() => stack.stop());

  async function faults(method: string, id: string, rule?: object): Promise<{ applied: number }> {
    const response = await fetch(`http://${stack.pubsub}/faults${id && `/${id}`}`, {
      method,
      ...(rule && { body: JSON.stringify(rule) }),
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as { applied: number };
  }

  async function applied(): Promise<Record<string, number>> {
    const response = await fetch(`http://${stack.pubsub}/faults`, { signal: AbortSignal.timeout(5_000) });
    const body = (await response.json()) as { faults: { id: string; applied: number }[] };
    return Object.fromEntries(body.faults.map((fault) => [fault.id, fault.applied]));
  }

  const events = (): string => `projects/${stack.project}/topics/acme.events`;
  const undisturbed = (): void => undefined;

  test('Pub/Sub takes 2 s for each publication: nothing is lost, nothing counts twice', async () => {
    await faults('PUT', 'slow', { target: events(), method: 'Publish', latencyMs: 2_000 });
    await expectNothingLost(stack, EVENTS, undisturbed, SETTLE_WITHIN_MS);
    expect((await applied())['slow']).toBeGreaterThan(0);
  });

  test('a fifth of the publications fails: nothing is lost, nothing counts twice', async () => {
    await faults('PUT', 'failing', { target: '*', method: 'Publish', code: 'UNAVAILABLE', probability: 0.2 });
    await expectNothingLost(stack, EVENTS, undisturbed, SETTLE_WITHIN_MS);
    expect((await applied())['failing']).toBeGreaterThan(0);
  });

  test('a tenth of the acknowledgements is lost, a tenth of the messages comes twice: nothing is lost, nothing counts twice', async () => {
    await faults('PUT', 'lossy', { target: events(), dropAcknowledgements: 0.1, duplicateDeliveries: 0.1 });
    await expectNothingLost(stack, EVENTS, undisturbed, SETTLE_WITHIN_MS);
    expect((await applied())['lossy']).toBeGreaterThan(EVENTS / 10);
  });

  test('an outage of 5 s in the midst of it: nothing is lost, nothing counts twice', async () => {
    let outage: Promise<unknown> | undefined;
    let refused = 0;
    const { failures } = await expectNothingLost(
      stack,
      EVENTS,
      (accepted) => {
        if (accepted < EVENTS / 4 || outage) return;
        outage = faults('PUT', 'outage', { target: '*', outage: true })
          .then(() => new Promise((resolve) => void setTimeout(resolve, OUTAGE_MS)))
          .then(applied)
          .then(({ outage: count = 0 }) => (refused = count))
          .then(() => faults('DELETE', 'outage'));
      },
      SETTLE_WITHIN_MS,
    );
    await outage;
    process.stdout.write(
      `${EVENTS} events; the outage refused ${refused} calls, ${failures} requests were sent again\n`,
    );
    expect(refused).toBeGreaterThan(0);
  });
});
