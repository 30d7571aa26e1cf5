import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFlakyProxy } from '#test/stack/flaky-proxy.ts';
import { expectNothingLost, killTwice } from '#test/stack/nothing-lost.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

const EVENTS = 20_000;
const SETTLE_WITHIN_MS = 180_000;

describe(`under a load of ${EVENTS} events`, () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  test('the functions are killed twice: nothing that was accepted is lost, nothing counts twice', async () => {
    const { disturb, killed } = killTwice(stack, EVENTS);
    const { requests, failures } = await expectNothingLost(stack, EVENTS, disturb, SETTLE_WITHIN_MS);
    expect(await killed()).toBe(2);
    process.stdout.write(`${EVENTS} events, ${requests} requests, of which ${failures} met a dead process\n`);
  });

  test('decide answers 500 to a tenth of its calls: nothing is lost, nothing counts twice', async () => {
    const proxy = await startFlakyProxy(stack.api);
    const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
    const subscription = pubsub.subscription('acme.events.decide');
    const [{ pushConfig }] = await subscription.getMetadata();
    await subscription.modifyPushConfig({ ...pushConfig, pushEndpoint: `${proxy.url}/push` });
    await expectNothingLost(stack, EVENTS, () => undefined, SETTLE_WITHIN_MS);
    process.stdout.write(`${EVENTS} events, ${proxy.calls()} pushes, of which ${proxy.failed()} were answered 500\n`);
    expect(proxy.failed()).toBeGreaterThan(EVENTS / 20);
    await pubsub.close();
    await proxy.close();
  });
});
