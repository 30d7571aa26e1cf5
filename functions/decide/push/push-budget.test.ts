import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPushBudget } from './push-budget.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A budget of 100, and who has been let in, in order. */
function setUp() {
  const inBudget = createPushBudget({ bytes: 100, maxWaitMs: 1_000 });
  const begun: string[] = [];
  const push = (name: string, bytes: number) => {
    const { promise: done, resolve: end, reject: fail } = Promise.withResolvers<void>();
    const outcome = inBudget(name.charAt(0), bytes, () => {
      begun.push(name);
      return done;
    }).then(
      () => 'done',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
    return { outcome, end, fail };
  };
  return { push, begun };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test('what there is room for does not wait', async () => {
  const { push, begun } = setUp();
  push('a1', 30);
  push('b1', 50);
  push('c1', 20);
  await settle();
  expect(begun).toEqual(['a1', 'b1', 'c1']);
});

test('a sender has at most half of the room, and the others find the rest', async () => {
  const { push, begun } = setUp();
  const first = push('a1', 30);
  push('a2', 30);
  push('b1', 50);
  await settle();
  expect(begun).toEqual(['a1', 'b1']);
  first.end();
  await settle();
  expect(begun).toEqual(['a1', 'b1', 'a2']);
});

test('one that alone weighs more than half, or than all, is let in when its sender, or everybody, has nothing under way', async () => {
  const { push, begun } = setUp();
  const huge = push('a1', 300);
  push('b1', 1);
  await settle();
  expect(begun).toEqual(['a1']);
  huge.end();
  await settle();
  expect(begun).toEqual(['a1', 'b1']);
});

test('senders take turns, each in its own order, and nobody small goes ahead of whose turn it is', async () => {
  const { push, begun } = setUp();
  const under = [push('a0', 50), push('b0', 50)];
  for (const name of ['a1', 'a2', 'b1']) push(name, 50);
  await settle();
  push('c1', 1);
  for (const each of under) each.end();
  await settle();
  expect(begun).toEqual(['a0', 'b0', 'a1', 'b1']);
});

test('who waits too long is refused, and whoever waited behind it is not kept', async () => {
  const { push, begun } = setUp();
  push('a0', 40);
  push('b0', 40);
  const large = push('c1', 50);
  await vi.advanceTimersByTimeAsync(500);
  const small = push('d1', 20);
  await vi.advanceTimersByTimeAsync(500);
  expect(await large.outcome).toBe('overloaded');
  expect(begun).toEqual(['a0', 'b0', 'd1']);
  small.end();
  expect(await small.outcome).toBe('done');
});

test('what fails makes room as well', async () => {
  const { push, begun } = setUp();
  const failing = push('a1', 100);
  push('b1', 100);
  failing.fail(new Error('broken'));
  expect(await failing.outcome).toMatchObject({ message: 'broken' });
  await settle();
  expect(begun).toEqual(['a1', 'b1']);
});
