import { expect, onTestFinished, test, vi } from 'vitest';
import { DeadlineError } from '#shared/deadline/with-deadline.ts';
import { BoundedAgeCache } from './bounded-age-cache.ts';

function setUp(overrides: { maxEntries?: number; gatherMs?: number; isOneSource?: boolean } = {}) {
  const clock = { nowMs: 1_000 };
  const source = new Map<string, string>([['a', 'one']]);
  let outage = false;
  const load = vi.fn(async (key: string, _mayWait: boolean) => {
    if (outage) throw new Error('source is down');
    return source.get(key);
  });
  const cache = new BoundedAgeCache<string>({
    load,
    maxEntries: 10,
    freshMs: 30_000,
    staleMs: 3_600_000,
    absentMs: 5_000,
    loadDeadlineMs: 1_000,
    retryMs: 2_000,
    now: () => clock.nowMs,
    ...overrides,
  });
  return {
    cache,
    load,
    source,
    pass: (ms: number) => (clock.nowMs += ms),
    fail: (failing: boolean) => (outage = failing),
  };
}

/** Lets loads that are answered be stored. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('concurrent reads share one load, and later ones use it while it is fresh', async () => {
  const { cache, load, pass } = setUp();
  expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')])).toEqual(['one', 'one', 'one']);
  pass(14_000);
  expect(await cache.get('a')).toBe('one');
  expect(load).toHaveBeenCalledTimes(1);
});

test('a value past half its fresh age is served while it is refreshed', async () => {
  const { cache, load, source, pass } = setUp();
  await cache.get('a');
  source.set('a', 'two');
  pass(20_000);
  expect(await cache.get('a')).toBe('one');
  await vi.waitFor(async () => expect(await cache.get('a')).toBe('two'));
  expect(load).toHaveBeenCalledTimes(2);
});

test('a value past its fresh age is never served while the source answers', async () => {
  const { cache, source, pass } = setUp();
  await cache.get('a');
  source.set('a', 'two');
  pass(30_000);
  expect(await cache.get('a')).toBe('two');
  source.delete('a');
  pass(30_000);
  expect(await cache.get('a')).toBeUndefined();
});

test('what a slow source answered is as old as the question', async () => {
  const { cache, load, source, pass } = setUp();
  const answers = [Promise.withResolvers<string | undefined>(), Promise.withResolvers<string | undefined>()] as const;
  for (const { promise } of answers) load.mockImplementationOnce(() => promise);
  const asked = [cache.get('a'), cache.get('absent')];
  pass(900);
  answers[0].resolve('one');
  answers[1].resolve(undefined);
  expect(await Promise.all(asked)).toEqual(['one', undefined]);
  source.set('a', 'two').set('absent', 'new');
  pass(4_100);
  expect(await cache.get('absent')).toBe('new');
  pass(25_000);
  expect(await cache.get('a')).toBe('two');
});

test('a failing source is outlived for staleMs, asked again every retryMs, and believed once it is back', async () => {
  const { cache, load, source, pass, fail } = setUp();
  await cache.get('a');
  fail(true);
  pass(31_000);
  expect(await cache.get('a')).toBe('one');
  expect(load).toHaveBeenCalledTimes(2);
  pass(1_000);
  expect(await cache.get('a')).toBe('one');
  expect(load).toHaveBeenCalledTimes(2);
  pass(1_000);
  expect(await cache.get('a')).toBe('one');
  expect(load).toHaveBeenCalledTimes(3);
  pass(3_600_000 - 34_000);
  expect(await cache.get('a')).toBe('one');
  pass(1_000);
  await expect(cache.get('a')).rejects.toThrow('source is down');
  fail(false);
  source.set('a', 'two');
  expect(await cache.get('a')).toBe('two');
});

test.each([
  { isOneSource: true, answered: 'two' },
  { isOneSource: false, answered: 'one' },
])(
  'one failed load is no outage where the source answers for another key: $isOneSource',
  async ({ isOneSource, answered }) => {
    const { cache, source, pass, fail } = setUp({ isOneSource });
    await cache.get('a');
    source.set('a', 'two');
    pass(29_000);
    fail(true);
    expect(await cache.get('a')).toBe('one');
    await settled();
    fail(false);
    pass(1_500);
    await cache.get('b');
    expect(await cache.get('a')).toBe('one');
    pass(1_500);
    expect(await cache.get('a')).toBe(answered);
  },
);

test('where it answers for others and fails for one, that one is outlived, and asked for every retryMs', async () => {
  const { cache, load, pass } = setUp({ isOneSource: true });
  await cache.get('a');
  pass(31_000);
  load.mockImplementation(async (key) => {
    if (key === 'a') throw new Error('not understood');
    return undefined;
  });
  expect(await cache.get('a')).toBe('one');
  pass(100);
  await cache.get('b');
  load.mockClear();
  for (let uses = 0; uses < 10; uses++) expect(await cache.get('a')).toBe('one');
  expect(load).not.toHaveBeenCalled();
  pass(2_000);
  expect(await cache.get('a')).toBe('one');
  expect(load).toHaveBeenCalledTimes(1);
});

test('an absent key is believed absent for absentMs, and evicts nothing', async () => {
  const { cache, load, source, pass } = setUp({ maxEntries: 2 });
  await cache.get('a');
  for (const key of ['x', 'y', 'z']) expect(await cache.get(key)).toBeUndefined();
  expect(await cache.get('a')).toBe('one');
  expect(load).toHaveBeenCalledTimes(4);
  source.set('z', 'new');
  expect(await cache.get('z')).toBeUndefined();
  pass(5_000);
  expect(await cache.get('z')).toBe('new');
});

test('the least recently used entry goes first', async () => {
  const { cache, load, source } = setUp({ maxEntries: 2 });
  source.set('b', 'b').set('c', 'c');
  for (const key of ['a', 'b', 'a', 'c', 'a']) await cache.get(key);
  expect(load.mock.calls.map(([key]) => key)).toEqual(['a', 'b', 'c']);
});

test('what is held is what would be answered without asking the source', async () => {
  const { cache, pass } = setUp();
  expect(cache.holds('a')).toBe(false);
  const loading = cache.get('a');
  expect(cache.holds('a')).toBe(true);
  await loading;
  await cache.get('absent');
  expect([cache.holds('a'), cache.holds('absent'), cache.holds('other')]).toEqual([true, true, false]);
  pass(5_000);
  expect([cache.holds('a'), cache.holds('absent')]).toEqual([true, false]);
});

test('an answer comes at once from what is young, from what is absent, and from what outlives its source', async () => {
  const { cache, pass, fail } = setUp();
  const atOnce = (): boolean[] => ['a', 'absent'].map((key) => cache.answersAtOnce(key));
  const loading = [cache.get('a'), cache.get('absent')];
  expect(atOnce()).toEqual([false, false]);
  await Promise.all(loading);
  expect(atOnce()).toEqual([true, true]);
  pass(29_000);
  expect(atOnce()).toEqual([true, false]);
  pass(1_000);
  expect(atOnce()).toEqual([false, false]);
  fail(true);
  await cache.get('a');
  expect(atOnce()).toEqual([true, false]);
});

test('a reload asks the source however young the value is, and those who ask at the same time share it', async () => {
  const { cache, load, source } = setUp();
  await cache.get('a');
  source.set('a', 'two');
  expect(await Promise.all([cache.reload('a'), cache.reload('a')])).toEqual(['two', 'two']);
  expect(await cache.get('a')).toBe('two');
  expect(load).toHaveBeenCalledTimes(2);
});

test.each([
  ['in time for its deadline', 29_000, true],
  ['too late for it', 29_001, false],
])('of what is refreshed %s, the load may wait: %j ms old, %j', async (_name, ageMs, expected) => {
  const { cache, load, pass } = setUp({ gatherMs: 100 });
  await cache.get('a');
  pass(ageMs);
  await cache.get('a');
  expect(load.mock.calls).toEqual([
    ['a', false],
    ['a', expected],
  ]);
});

test('a load may not wait where somebody waits for it, and where it failed before', async () => {
  const { cache, load, pass, fail } = setUp({ gatherMs: 100 });
  const lastMayWait = (): boolean | undefined => load.mock.lastCall?.[1];
  await cache.get('a');
  pass(20_000);
  fail(true);
  await cache.get('a');
  await settled();
  expect(lastMayWait()).toBe(true);
  pass(2_000);
  fail(false);
  await cache.get('a');
  await settled();
  expect(lastMayWait()).toBe(false);
  pass(20_000);
  await cache.get('a');
  await settled();
  expect(lastMayWait()).toBe(true);
  await cache.reload('a');
  expect(lastMayWait()).toBe(false);
  pass(30_000);
  await cache.get('a');
  expect(lastMayWait()).toBe(false);
  expect(load).toHaveBeenCalledTimes(6);
});

test('where loads do not wait, a reload shares the refresh that is under way', async () => {
  const { cache, load, pass } = setUp();
  await cache.get('a');
  pass(20_000);
  await cache.get('a');
  await cache.reload('a');
  expect(load.mock.calls).toEqual([
    ['a', false],
    ['a', false],
  ]);
});

/** A refresh that waits, and a reload that does not wait for it. */
async function overtaken() {
  const set = setUp({ gatherMs: 100 });
  const { cache, load, source, pass } = set;
  await cache.get('a');
  pass(20_000);
  const waiting = Promise.withResolvers<string | undefined>();
  load.mockImplementationOnce(() => waiting.promise);
  expect(await cache.get('a')).toBe('one');
  source.set('a', 'two');
  expect(await Promise.all([cache.reload('a'), cache.reload('a')])).toEqual(['two', 'two']);
  expect(load).toHaveBeenCalledTimes(3);
  return { ...set, waiting };
}

test('nobody waits for a load that waits itself, and what it brings is not believed: it may be older', async () => {
  const { cache, waiting } = await overtaken();
  waiting.resolve('one');
  await settled();
  expect(await cache.get('a')).toBe('two');
});

test('where it fails, that is no failure of what is held', async () => {
  const { cache, load, pass, waiting } = await overtaken();
  waiting.reject(new Error('down'));
  await settled();
  pass(20_000);
  await cache.get('a');
  expect(load).toHaveBeenLastCalledWith('a', true);
});

test('once it has waited, others share it', async () => {
  const { cache, load, pass } = setUp({ gatherMs: 100 });
  await cache.get('a');
  pass(20_000);
  const loading = Promise.withResolvers<string | undefined>();
  load.mockImplementationOnce(() => loading.promise);
  await cache.get('a');
  pass(100);
  const reloaded = cache.reload('a');
  loading.resolve('two');
  expect(await reloaded).toBe('two');
  expect(load).toHaveBeenCalledTimes(2);
});

test('a load that never answers fails at its deadline', async () => {
  vi.useFakeTimers();
  try {
    const { cache, load } = setUp();
    load.mockImplementation(() => new Promise(() => undefined));
    const [outcome] = await Promise.all([
      cache.get('a').catch((error: unknown) => error),
      vi.advanceTimersByTimeAsync(1_000),
    ]);
    expect(outcome).toBeInstanceOf(DeadlineError);
  } finally {
    vi.useRealTimers();
  }
});

/** A refresh that is under way when the process stops, for so long; no timer fires meanwhile. */
async function stopped(ms: number) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const set = setUp({ isOneSource: true });
  await set.cache.get('a');
  set.pass(16_000);
  const answer = Promise.withResolvers<string | undefined>();
  set.load.mockImplementationOnce(() => answer.promise);
  expect(await set.cache.get('a')).toBe('one');
  set.source.delete('a');
  set.pass(ms);
  return { ...set, answer };
}

test.each<[string, (frozen: Awaited<ReturnType<typeof stopped>>) => unknown]>([
  ['its deadline fires late', () => vi.runAllTimersAsync()],
  ['it fails late', ({ answer }) => answer.reject(new Error('deadline exceeded'))],
  ['it is answered late with what was true before', ({ answer }) => answer.resolve('one')],
  ['it goes on', () => undefined],
])('a refresh that the process stopped in: %s, and what was deleted meanwhile is not served', async (_name, thaw) => {
  const frozen = await stopped(90_000);
  await thaw(frozen);
  await Promise.resolve();
  expect(await frozen.cache.get('a')).toBeUndefined();
});

test('who was waiting when the process stopped is told how things are now', async () => {
  const { cache, load, source, pass } = setUp();
  const answer = Promise.withResolvers<string | undefined>();
  load.mockImplementationOnce(() => answer.promise);
  const asked = cache.get('a');
  source.set('a', 'two');
  pass(90_000);
  answer.resolve('one');
  expect(await asked).toBe('two');
});

test('a source that is down after the process stopped is outlived', async () => {
  const { cache, fail } = await stopped(90_000);
  fail(true);
  await vi.runAllTimersAsync();
  expect(await cache.get('a')).toBe('one');
});
