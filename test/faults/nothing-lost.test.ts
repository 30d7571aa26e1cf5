import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFlakyProxy } from '#test/stack/flaky-proxy.ts';
import { describeLoad } from '#test/stack/load.ts';
import { expectNothingLost, killTwice } from '#test/stack/nothing-lost.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

/** The load under which the functions are killed; decide fails under half of it. */
const EVENTS = 20_000;
const SETTLE_WITHIN_MS = 180_000;

describe('under load', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  test('the functions are killed twice: nothing that was accepted is lost, nothing counts twice', async () => {
    const { onProgress, killed } = killTwice(stack, EVENTS);
    const load = await expectNothingLost(stack, { events: EVENTS, onProgress, settleWithinMs: SETTLE_WITHIN_MS });
    expect((await killed()).size).toBe(2);
    expect(load.answers.get('none')).toBeGreaterThan(0);
    expect([...load.answers.keys()].toSorted()).toEqual(['202', 'none']);
    process.stdout.write(`functions killed twice: ${describeLoad(load)}\n`);
  });

  test('decide answers 500 to a tenth of its calls: nothing is lost, nothing counts twice', async () => {
    const proxy = await startFlakyProxy(stack.api);
    const pubsub = new PubSub({ projectId: stack.project, apiEndpoint: stack.pubsub, emulatorMode: true });
    const subscription = pubsub.subscription('acme.events.decide');
    const [{ pushConfig }] = await subscription.getMetadata();
    await subscription.modifyPushConfig({ ...pushConfig, pushEndpoint: `${proxy.url}/push` });
    await expectNothingLost(stack, { events: EVENTS / 2, settleWithinMs: SETTLE_WITHIN_MS });
    process.stdout.write(
      `decide fails: ${EVENTS / 2} events, ${proxy.calls()} pushes, of which ${proxy.failed()} were answered 500\n`,
    );
    expect(proxy.failed()).toBeGreaterThan(EVENTS / 40);
    await pubsub.close();
    await proxy.close();
  });
});
