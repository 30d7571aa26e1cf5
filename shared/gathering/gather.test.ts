import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gather } from './gather.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(maxItems = 10) {
  const handle = vi.fn(async (items: readonly number[]) => items.map((item) => item * 2));
  return { handle, double: gather({ handle, windowMs: 100, maxItems }) };
}

test('what comes within the window of the first is handled together, and each gets its own result', async () => {
  const { handle, double } = setUp();
  const first = double(1);
  await vi.advanceTimersByTimeAsync(99);
  const second = double(2);
  expect(handle).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(handle).toHaveBeenCalledExactlyOnceWith([1, 2]);
  expect(await Promise.all([first, second])).toEqual([2, 4]);
});

test('each batch has a window of its own', async () => {
  const { handle, double } = setUp();
  void double(1);
  await vi.advanceTimersByTimeAsync(150);
  void double(2);
  await vi.advanceTimersByTimeAsync(99);
  expect(handle).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(handle.mock.calls).toEqual([[[1]], [[2]]]);
});

test('a batch that is full does not wait, and what is beyond it waits for no other batch', async () => {
  const { handle, double } = setUp(2);
  handle.mockImplementationOnce(() => new Promise(() => undefined));
  for (const item of [1, 2, 3]) void double(item);
  expect(handle).toHaveBeenCalledExactlyOnceWith([1, 2]);
  await vi.advanceTimersByTimeAsync(100);
  expect(handle.mock.calls).toEqual([[[1, 2]], [[3]]]);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ['fails', () => Promise.reject(new Error('down')), 'down'],
  [
    'fails before it begins',
    () => {
      throw new Error('no');
    },
    'no',
  ],
  ['answers for some only', async () => [2], '1 results for 2 items'],
])('where the whole batch %s, so does each item, and the next batch is not affected', async (_name, fails, message) => {
  const { handle, double } = setUp();
  handle.mockImplementationOnce(fails);
  const failing = Promise.allSettled([double(1), double(2)]);
  await vi.advanceTimersByTimeAsync(100);
  for (const outcome of await failing) expect(outcome).toMatchObject({ status: 'rejected', reason: { message } });
  const next = double(3);
  await vi.advanceTimersByTimeAsync(100);
  expect(await next).toBe(6);
});
