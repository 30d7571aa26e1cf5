import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeadlineError, withDeadline } from './with-deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('settles as the work does, and leaves no timer', async () => {
  await expect(withDeadline(Promise.resolve(1), 100, 'work')).resolves.toBe(1);
  await expect(withDeadline(Promise.reject(new Error('no')), 100, 'work')).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('rejects after the deadline, naming the work', async () => {
  const outcome = withDeadline(new Promise(() => undefined), 100, 'work').catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  expect(await outcome).toEqual(new DeadlineError('work: no answer within 100 ms'));
});
