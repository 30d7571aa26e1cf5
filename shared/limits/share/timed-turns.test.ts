import { expect, test } from 'vitest';
import { createTimedTurns } from './timed-turns.ts';
import { Turns } from './turns.ts';

/** The event loop, one round at a time, and a clock that only work moves. */
function setUp() {
  let pending: (() => void)[] = [];
  let nowMs = 0;
  const inTurn = createTimedTurns(new Turns((round) => pending.push(round)), () => nowMs);
  const order: string[] = [];
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i += 1) await Promise.resolve();
  };
  return {
    order,
    ask: (tenantId: string, tookMs: number, expectedMs = 0) =>
      void inTurn(tenantId, expectedMs, () => {
        nowMs += tookMs;
        order.push(tenantId);
      }),
    settle,
    round: async (): Promise<void> => {
      const rounds = pending;
      pending = [];
      for (const each of rounds) each();
      await settle();
    },
  };
}

test('small work is done at once', async () => {
  const { ask, order, settle } = setUp();
  for (let i = 0; i < 20; i += 1) ask('acme', 0.01);
  await settle();
  expect(order).toHaveLength(20);
});

test('who took long waits for a turn, and nobody else does', async () => {
  const { ask, order, settle, round } = setUp();
  ask('whale', 100);
  await settle();
  for (let i = 0; i < 3; i += 1) ask('whale', 100);
  ask('quiet', 0.01);
  await settle();
  expect(order).toEqual(['whale', 'quiet']);
  await round();
  expect(order).toEqual(['whale', 'quiet', 'whale']);
});

test('what is known to take long waits from the first', async () => {
  const { ask, order, settle } = setUp();
  for (let i = 0; i < 3; i += 1) ask('whale', 10, 10);
  await settle();
  expect(order).toEqual([]);
});

test('what work throws is thrown, and costs what it took', async () => {
  const inTurn = createTimedTurns();
  const failing = inTurn('acme', 0, () => {
    throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
});
