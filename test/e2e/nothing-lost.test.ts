import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNothingLost, killTwice } from '#test/stack/nothing-lost.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

const EVENTS = 4_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('the functions are killed twice under load: nothing that was accepted is lost, nothing counts twice', async () => {
  const { onProgress, killed } = killTwice(stack, EVENTS);
  await expectNothingLost(stack, { events: EVENTS, onProgress, settleWithinMs: 40_000 });
  expect((await killed()).size).toBe(2);
}, 90_000);
