import { expect, test, vi } from 'vitest';
import type { Standing } from '#shared/publishing/outages.ts';
import { createReadiness } from './readiness.ts';

test('Pub/Sub is asked once a second, however often we are', async () => {
  let nowMs = 0;
  const isReachable = vi.fn(async () => true);
  const isReady = createReadiness({ standing: () => 'unknown', isReachable, now: () => nowMs });
  expect(await Promise.all([isReady(), isReady()])).toEqual([true, true]);
  nowMs = 999;
  await isReady();
  expect(isReachable).toHaveBeenCalledTimes(1);
  nowMs = 1_000;
  isReachable.mockResolvedValue(false);
  expect(await isReady()).toBe(false);
  expect(isReachable).toHaveBeenCalledTimes(2);
});

test.each<[Standing, boolean, boolean]>([
  ['works', false, true],
  ['fails', true, false],
])('where publishing %s it is not asked whether Pub/Sub is reachable', async (standing, reachable, ready) => {
  const isReachable = vi.fn(async () => reachable);
  expect(await createReadiness({ standing: () => standing, isReachable })()).toBe(ready);
  expect(isReachable).not.toHaveBeenCalled();
});
