import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNothingLost } from '#test/stack/nothing-lost.ts';
import { startStack } from '#test/stack/start-stack.ts';
import type { TestStack } from '#test/stack/start-stack.ts';

const EVENTS = 4_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('the functions are killed twice under load: nothing that was accepted is lost, nothing counts twice', async () => {
  const killAt = [EVENTS / 4, EVENTS / 2];
  const kills: Promise<void>[] = [];
  await expectNothingLost(
    stack,
    EVENTS,
    (accepted) => {
      if (accepted >= (killAt[0] ?? Infinity)) {
        killAt.shift();
        kills.push(stack.killFunctions());
      }
    },
    40_000,
  );
  await Promise.all(kills);
  expect(kills).toHaveLength(2);
}, 90_000);
