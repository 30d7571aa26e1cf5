import { expect, test } from 'vitest';
import { uuidv7 } from './uuid.ts';

test('carries the time, the version and the variant', () => {
  const beforeMs = Date.now();
  const id = uuidv7();
  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  const atMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  expect(atMs).toBeGreaterThanOrEqual(beforeMs);
  expect(atMs).toBeLessThanOrEqual(Date.now());
});

test('never the same twice', () => {
  expect(new Set(Array.from({ length: 10_000 }, uuidv7)).size).toBe(10_000);
});
