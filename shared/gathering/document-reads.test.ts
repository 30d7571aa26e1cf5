import type { Firestore } from '@google-cloud/firestore';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDocumentReads } from './document-reads.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const getAll = vi.fn(async (...references: { path: string }[]) =>
    references.map(({ path }) => `snapshot of ${path}`),
  );
  const firestore = { doc: (path: string) => ({ path }), getAll } as unknown as Firestore;
  const requests = (): string[][] => getAll.mock.calls.map((references) => references.map(({ path }) => path));
  return { getAll, requests, read: createDocumentReads(firestore) };
}

test('who can wait is read together, each with its own documents in their order', async () => {
  const { read, requests } = setUp();
  const all = Promise.all([read(['k/1', 'r/1'], true), read(['t/a'], true), read(['k/2', 'r/2'], true)]);
  await vi.advanceTimersByTimeAsync(249);
  expect(requests()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await all).toEqual([
    ['snapshot of k/1', 'snapshot of r/1'],
    ['snapshot of t/a'],
    ['snapshot of k/2', 'snapshot of r/2'],
  ]);
  expect(requests()).toEqual([['k/1', 'r/1', 't/a', 'k/2', 'r/2']]);
});

test('who cannot wait is read alone and at once, also while others are gathered', async () => {
  const { read, requests } = setUp();
  void read(['t/a'], true);
  expect(await read(['t/b'], false)).toEqual(['snapshot of t/b']);
  expect(requests()).toEqual([['t/b']]);
  await vi.advanceTimersByTimeAsync(250);
  expect(requests()).toEqual([['t/b'], ['t/a']]);
});

test('however many one tenant has to read, others are read within the window', async () => {
  const { read, requests } = setUp();
  for (let key = 0; key < 99; key++) void read([`k/${key}`], true);
  const other = read(['t/other'], true);
  void read(['t/last'], true);
  expect(requests().map((paths) => paths.length)).toEqual([50, 50]);
  expect(await other).toEqual(['snapshot of t/other']);
  await vi.advanceTimersByTimeAsync(250);
  expect(requests().at(-1)).toEqual(['t/last']);
});

test('what fails, fails for those of the same request', async () => {
  const { read, getAll } = setUp();
  getAll.mockRejectedValueOnce(new Error('down'));
  const failing = Promise.allSettled([read(['t/a'], true), read(['t/b'], true)]);
  await vi.advanceTimersByTimeAsync(250);
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = read(['t/a'], true);
  await vi.advanceTimersByTimeAsync(250);
  expect(await next).toEqual(['snapshot of t/a']);
});
