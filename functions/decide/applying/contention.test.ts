import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemoryProfiles } from '../storage/memory-profiles.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import { createApplier } from './applier.ts';
import { counting, totalOf } from './fixtures.ts';

const EVENTS_PER_SECOND = 200;
const SECONDS = 8;
const READ_MS = 8;
const COMMIT_MS = 25;
/** What a push may take. */
const PUSH_DEADLINE_MS = 40_000;

beforeEach(() => void vi.useFakeTimers({ loopLimit: 10_000_000 }));
afterEach(() => void vi.useRealTimers());

/** Even spread from a seed: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Profiles that are as far away as Firestore, and count the commits that are asked for. */
function faraway(profiles: ProfileRepository) {
  let commits = 0;
  const repository: ProfileRepository = {
    ...profiles,
    read: async (reads) => {
      await after(READ_MS / 2);
      const readings = await profiles.read(reads);
      await after(READ_MS / 2);
      return readings;
    },
    commit: async (changes) => {
      commits += 1;
      await after(COMMIT_MS / 2);
      await profiles.commit(changes);
      await after(COMMIT_MS / 2);
    },
  };
  return { repository, commits: () => commits };
}

test.each([1, 4, 10, 40, 100])(
  'one subject, 200 events a second over %d instances: hardly a delivery fails, and commits are within 3 times the events',
  async (instanceCount) => {
    const random = seeded(instanceCount);
    const profiles = createMemoryProfiles();
    const { repository, commits } = faraway(profiles);
    const instances = Array.from({ length: instanceCount }, () => createApplier({ profiles: repository, random }));
    const events = EVENTS_PER_SECOND * SECONDS;
    const latenciesMs: number[] = [];
    let failed = 0;
    const deliveries = Array.from({ length: events }, async (_, i) => {
      await after((i * 1000) / EVENTS_PER_SECOND);
      const instance = instances[Math.floor(random() * instanceCount)]!;
      const startedAtMs = performance.now();
      await instance.apply(counting('cus_hot', `evt_${i}`)).catch(() => (failed += 1));
      latenciesMs.push(performance.now() - startedAtMs);
    });
    await vi.advanceTimersByTimeAsync(SECONDS * 1_000 + PUSH_DEADLINE_MS);
    await Promise.all(deliveries);
    latenciesMs.sort((a, b) => a - b);
    const p = (share: number): string => (latenciesMs[Math.floor(events * share)] ?? 0).toFixed(0);
    process.stdout.write(
      `${instanceCount} instances: ${failed} of ${events} deliveries failed, ${(commits() / events).toFixed(2)} commits an event, p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, max ${p(0.9999)} ms\n`,
    );
    expect(failed / events).toBeLessThan(0.01);
    expect(commits() / events).toBeLessThan(3);
    expect(latenciesMs.at(-1)).toBeLessThan(PUSH_DEADLINE_MS);
    expect(await totalOf(profiles, 'cus_hot')).toBe(events - failed);
  },
);
