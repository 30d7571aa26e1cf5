import { expect } from 'vitest';
import { apiOf } from './api.ts';
import { anEvent } from './event.ts';
import { eventually } from './eventually.ts';
import { sendLoad } from './load.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import type { TestStack } from './start-stack.ts';
import { warehouseOf } from './warehouse.ts';

const SUBJECTS = 500;
/** Types of the load, so that a subject's counts are by type as well. */
const TYPES = ['load.viewed', 'load.bought'] as const;

export interface NothingLostOptions extends LoadOptions {
  readonly events: number;
  /** How long redeliveries may take after the last answer. */
  readonly settleWithinMs: number;
  /** Default `acme`. */
  readonly tenant?: string;
}

/**
 * Sends events while something does its worst, and then holds the books against each other: every event that was answered
 * `accepted` is in `unique_events` exactly once, nothing else is, what the subjects' profiles count is what the warehouse
 * counts, and nothing was given up.
 */
export async function expectNothingLost(
  stack: TestStack,
  { events: count, settleWithinMs, tenant = 'acme', ...load }: NothingLostOptions,
): Promise<LoadResult> {
  const api = apiOf(stack, tenant);
  const ask = warehouseOf(stack);
  const run = `load_${Date.now()}`;
  const events = Array.from({ length: count }, (_, index) =>
    anEvent({ id: `${run}_${index}`, type: TYPES[index % 2], subject: `${run}_${index % SUBJECTS}`, data: { index } }),
  );
  const result = await sendLoad(api, events, load);
  expect(result.accepted.size).toBe(count);

  const where = `WHERE STARTS_WITH(event_id, '${run}_')`;
  const [row] = await eventually(
    () => ask(`SELECT COUNT(DISTINCT event_id) AS events FROM ${tenant}.events ${where}`),
    ([counted]) => Number(counted?.['events']) >= count,
    settleWithinMs,
  );
  expect(Number(row?.['events'])).toBe(count);
  const ids = await ask(`SELECT event_id FROM ${tenant}.unique_events ${where}`);
  expect(ids).toHaveLength(count);
  expect(new Set(ids.map((each) => each['event_id']))).toEqual(result.accepted);

  const bySubject = await ask(
    `SELECT subject, type, COUNT(*) AS n FROM ${tenant}.unique_events ${where} GROUP BY subject, type`,
  );
  const expected = new Map<string, Map<string, number>>();
  for (const { subject, type, n } of bySubject as { subject: string; type: string; n: number }[]) {
    if (!expected.has(subject)) expected.set(subject, new Map());
    expected.get(subject)?.set(type, n);
  }
  const failed = `SELECT event_id, source_subscription, reason FROM ${tenant}.failed_events ${where}`;
  await eventually(
    async () => ({ differences: await disagreements(api, expected), failed: await ask(failed) }),
    ({ differences }) => differences.length === 0,
    settleWithinMs,
  );
  expect(await ask(failed)).toEqual([]);
  return result;
}

/** Subjects whose profile counts something else than `expected`. */
async function disagreements(
  api: ReturnType<typeof apiOf>,
  expected: ReadonlyMap<string, Map<string, number>>,
): Promise<string[]> {
  const differences: string[] = [];
  const entries = [...expected];
  while (entries.length > 0) {
    const answers = await Promise.all(
      entries.splice(0, 20).map(async ([subject, types]) => {
        const { body } = await api.get(`/v1/subjects/${encodeURIComponent(subject)}`);
        const counts = (body['counts'] ?? {}) as Record<string, { total: number }>;
        const differs = [...types].filter(([type, n]) => counts[type]?.total !== n);
        return differs.map(
          ([type, n]) => `${subject} ${type}: ${counts[type]?.total} in the profile, ${n} in the warehouse`,
        );
      }),
    );
    differences.push(...answers.flat());
    if (differences.length > 0) return differences;
  }
  return differences;
}

/**
 * Kills the functions twice while a load of `count` events is under way: after a quarter of it, and after half.
 *
 * @returns the ids of the processes that were killed, once others are ready.
 */
export function killTwice(
  stack: TestStack,
  count: number,
): { readonly onProgress: (accepted: number) => void; readonly killed: () => Promise<ReadonlySet<number>> } {
  const killAt = [count / 4, count / 2];
  const kills: Promise<number>[] = [];
  return {
    onProgress: (accepted) => {
      if (accepted < (killAt[0] ?? Infinity)) return;
      killAt.shift();
      kills.push(stack.killFunctions());
    },
    killed: async () => new Set(await Promise.all(kills)),
  };
}
