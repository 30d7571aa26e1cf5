import { expect, test, vi } from 'vitest';
import { createReadiness } from './readiness.ts';

test('Pub/Sub is asked once a second, however often we are', async () => {
  let nowMs = 0;
  const isReachable = vi.fn(async () => true);
  const isReady = createReadiness(isReachable, () => nowMs);
  expect(await Promise.all([isReady(), isReady()])).toEqual([true, true]);
  nowMs = 999;
  await isReady();
  expect(isReachable).toHaveBeenCalledTimes(1);
  nowMs = 1_000;
  isReachable.mockResolvedValue(false);
  expect(await isReady()).toBe(false);
  expect(isReachable).toHaveBeenCalledTimes(2);
});
