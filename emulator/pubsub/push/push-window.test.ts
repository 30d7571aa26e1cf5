import { expect, test } from 'vitest';
import { PushWindow } from './push-window.ts';

const limits = { most: 10, backoffScale: 1 };

test('it begins with one push, doubles with each round that is acknowledged, and has a bound', () => {
  const window = new PushWindow(limits);
  const sizes = [window.size];
  for (let round = 0; round < 5; round++) {
    for (let push = window.size; push > 0; push--) window.onAcknowledged();
    sizes.push(window.size);
  }
  expect(sizes).toEqual([1, 2, 4, 8, 10, 10]);
});

test('one trouble halves it once, however many pushes it takes with it', () => {
  const window = new PushWindow(limits);
  for (let push = 0; push < 20; push++) window.onAcknowledged();
  const pushes = Array.from({ length: 10 }, () => window.onStarted());
  for (const push of pushes) window.onFailed(push, push);
  expect(window.size).toBe(5);
  window.onFailed(window.onStarted(), 99);
  expect(window.size).toBe(2);
});

test('messages that fail again and again do not slow down others, as long as they are few', () => {
  const window = new PushWindow(limits);
  const pauses = Array.from({ length: 30 }, (_, index) => window.onFailed(window.onStarted(), index % 3));
  expect(pauses.every((pause) => pause === 0)).toBe(true);
});

test('when message after message fails, the endpoint is left alone for longer and longer, up to a minute', () => {
  const window = new PushWindow(limits);
  const pauses = Array.from({ length: 20 }, (_, index) => window.onFailed(window.onStarted(), index));
  expect(pauses.slice(0, 7)).toEqual([0, 0, 0, 100, 200, 400, 800]);
  expect(pauses.at(-1)).toBe(60_000);
  window.onAcknowledged();
  expect(window.onFailed(window.onStarted(), 1)).toBe(0);
});
