import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { PLANS, type TenantLimits } from '../plans.ts';
import { settle } from './settle.ts';
import { TenantUsage } from './tenant-usage.ts';
import type { UsageDocument } from './usage-document.ts';

const ACME = TenantId.parse('acme');
const LIMITS: TenantLimits = limited({ burst: 2_500 });

function limited(events: Partial<TenantLimits['events']>): TenantLimits {
  return { ...PLANS.standard, events: { ...PLANS.standard.events, ...events } };
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 12) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Instances of one tenant, and the document they share. */
class Cluster {
  readonly limits: TenantLimits;
  isDown = false;
  writes = 0;
  idle = 0;
  document: UsageDocument | undefined;

  constructor(limits: TenantLimits) {
    this.limits = limits;
  }

  start(instanceId: string): TenantUsage {
    return new TenantUsage({
      tenantId: ACME,
      instanceId,
      limits: this.limits,
      settle: async ({ report, limits }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        if (this.isDown) return undefined;
        const settled = settle(this.document, report, limits, Date.now());
        this.document = settled.document;
        this.writes++;
        return settled.grant;
      },
      now: () => performance.now(),
      calendarMs: () => Date.now(),
      onIdle: () => this.idle++,
    });
  }
}

/** Sends to each of `usages` its number of events a second, for so long. @returns events let through, of each */
async function drive(
  usages: readonly TenantUsage[],
  perSecond: readonly number[],
  seconds: number,
  bytesPerEvent = 400,
): Promise<number[]> {
  const TICK_MS = 10;
  const through = usages.map(() => 0);
  for (let ms = 0; ms < seconds * 1_000; ms += TICK_MS) {
    for (const [index, usage] of usages.entries()) {
      const events = ((perSecond[index] ?? 0) * TICK_MS) / 1_000;
      if (events < 1 && ms % (1_000 / (perSecond[index] ?? 1)) >= TICK_MS) continue;
      const size = Math.max(1, events);
      const like = { credentialId: 'k', declaredBytes: size * 400, idempotencyKey: undefined };
      const entered = usage.limiter.enter(like, performance.now());
      const amounts = { events: size, bytes: size * bytesPerEvent };
      const verdict = entered.ok
        ? usage.limiter.charge(like, entered.reservation, amounts, performance.now())
        : entered;
      if (!verdict.ok) {
        usage.refused();
        continue;
      }
      usage.begin(amounts);
      usage.end(amounts, amounts);
      through[index] = (through[index] ?? 0) + size;
    }
    await vi.advanceTimersByTimeAsync(TICK_MS);
  }
  return through;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe.each([
  ['evenly', [2_500, 2_500, 2_500, 2_500]],
  ['unevenly', [9_000, 600, 300, 100]],
  ['to one of them only', [10_000, 1, 1, 1]],
])('four instances that are flooded %s', (_name, perSecond) => {
  test('let through the limit within 10 % in 20 s, and write twice a second at most', async () => {
    const cluster = new Cluster(LIMITS);
    const usages = perSecond.map((_, index) => cluster.start(`i${index}`));
    await drive(usages, perSecond, 10);
    const writesBefore = cluster.writes;
    const through = sum(await drive(usages, perSecond, 20));
    expect(through / 20).toBeGreaterThan(900);
    expect(through / 20).toBeLessThan(1_100);
    expect(cluster.writes - writesBefore).toBeLessThanOrEqual(44);
  });
});

test('four instances let through the limit of bytes, where events are large', async () => {
  const cluster = new Cluster(LIMITS);
  const usages = [0, 1, 2, 3].map((index) => cluster.start(`i${index}`));
  const eventBytes = 100_000;
  await drive(usages, [40, 40, 20, 20], 40, eventBytes);
  const through = sum(await drive(usages, [40, 40, 20, 20], 60, eventBytes));
  const { perSecond } = LIMITS.bytes;
  expect((through * eventBytes) / 60).toBeGreaterThan(0.9 * perSecond);
  expect((through * eventBytes) / 60).toBeLessThan(1.1 * perSecond);
});

test('from a cold start, four instances let through 2,500 events each at most, and owe them', async () => {
  const cluster = new Cluster(PLANS.standard);
  const usages = [0, 1, 2, 3].map((index) => cluster.start(`i${index}`));
  const first = sum(await drive(usages, [250_000, 250_000, 250_000, 250_000], 0.01));
  expect(first).toBeLessThanOrEqual(4 * 2_500);
  const all = first + sum(await drive(usages, [5_000, 5_000, 5_000, 5_000], 30));
  expect(all).toBeLessThan(30 * 1_000 * 1.1 + 10_000);
  expect(all).toBeGreaterThan(30 * 1_000 * 0.9 + 10_000);
});

test('an instance gets what it needs as soon as the load moves to it', async () => {
  const cluster = new Cluster(LIMITS);
  const usages = [cluster.start('i0'), cluster.start('i1')];
  await drive(usages, [2_000, 10], 10);
  await drive(usages, [10, 2_000], 5);
  const [, through = 0] = await drive(usages, [10, 2_000], 20);
  expect(through / 20).toBeGreaterThan(900);
  expect(through / 20).toBeLessThan(1_100);
});

test('below the limit nothing is refused on any instance', async () => {
  const cluster = new Cluster(LIMITS);
  const usages = [0, 1, 2, 3].map((index) => cluster.start(`i${index}`));
  const perSecond = [400, 300, 100, 100];
  expect(sum(await drive(usages, perSecond, 30))).toBeCloseTo(900 * 30, -2);
});

test('a quiet tenant settles seldom, and one that is idle once more and then never', async () => {
  const cluster = new Cluster(LIMITS);
  const usage = cluster.start('i0');
  await drive([usage], [10], 100);
  expect(cluster.writes).toBeLessThanOrEqual(5);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(cluster.idle).toBe(1);
  const { writes } = cluster;
  expect(cluster.document).toMatchObject({ holders: { i0: { hasLeft: true } }, events: { ofDay: 1_000 } });
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(cluster.writes).toBe(writes);
});

test('while Firestore is down each instance keeps to its share, and is not punished for it', async () => {
  const cluster = new Cluster(LIMITS);
  const usages = [cluster.start('i0'), cluster.start('i1')];
  await drive(usages, [2_000, 2_000], 10);
  cluster.isDown = true;
  const { writes } = cluster;
  const during = sum(await drive(usages, [2_000, 2_000], 60));
  expect(cluster.writes).toBe(writes);
  expect(during / 60).toBeGreaterThan(900);
  expect(during / 60).toBeLessThan(1_100);
  cluster.isDown = false;
  const after = sum(await drive(usages, [2_000, 2_000], 20));
  expect(after / 20).toBeGreaterThan(850);
  expect(after).toBeLessThan(20 * 1_100 + LIMITS.events.burst);
  expect(cluster.writes).toBeGreaterThan(writes);
});

test('an instance that never reached Firestore lets through the whole rate by itself', async () => {
  const cluster = new Cluster(LIMITS);
  cluster.isDown = true;
  const through = sum(await drive([cluster.start('i0')], [5_000], 30));
  expect(through).toBeGreaterThan(30 * 1_000 * 0.98);
  expect(through).toBeLessThan(30 * 1_000 * 1.02 + 2_500);
});

test('quotas are shared, and are counted once when a settling is repeated', async () => {
  const cluster = new Cluster(limited({ burst: 2_500, perDay: 20_000 }));
  const usages = [cluster.start('i0'), cluster.start('i1')];
  await drive(usages, [400, 400], 20);
  for (const usage of usages) await Promise.all([usage.close(), vi.advanceTimersByTimeAsync(50)]);
  expect(cluster.document).toMatchObject({ events: { ofDay: 16_000 }, bytes: { ofDay: 16_000 * 400 } });
  expect(cluster.document?.holders).toMatchObject({ i0: { hasLeft: true }, i1: { hasLeft: true } });
});

test('other limits hold at once', async () => {
  const cluster = new Cluster(LIMITS);
  const usage = cluster.start('i0');
  await drive([usage], [2_000], 5);
  usage.change(limited({ perSecond: 100, burst: 2_500 }));
  const through = sum(await drive([usage], [2_000], 20));
  expect(through).toBeLessThan(100 * 20 * 1.1 + 2_500);
});
