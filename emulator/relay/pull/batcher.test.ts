import { expect, test, vi } from 'vitest';
import { createBatcher } from './batcher.ts';

test('what is added during a request goes with the next, and idle waits for all of it', async () => {
  const sent: string[][] = [];
  const answers: (() => void)[] = [];
  const batcher = createBatcher((ids) => {
    sent.push(ids);
    return new Promise<void>((resolve) => answers.push(resolve));
  }, vi.fn());
  batcher.add('a');
  batcher.add('b');
  await Promise.resolve();
  expect(sent).toEqual([['a', 'b']]);
  batcher.add('c');
  batcher.add('d');
  let isIdle = false;
  const idle = batcher.idle().then(() => (isIdle = true));
  answers.shift()?.();
  await new Promise(setImmediate);
  expect([sent, isIdle]).toEqual([
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
    false,
  ]);
  answers.shift()?.();
  await idle;
});

test('no request carries more than a thousand, and one that fails is told and does not stop the others', async () => {
  const sizes: number[] = [];
  const errors: unknown[] = [];
  const batcher = createBatcher(
    (ids) => Promise.reject(new Error(String(sizes.push(ids.length)))),
    (error) => errors.push(error),
  );
  for (let id = 0; id < 2500; id++) batcher.add(String(id));
  await batcher.idle();
  expect(sizes).toEqual([1000, 1000, 500]);
  expect(errors).toHaveLength(3);
});
