import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Refusal } from '#shared/errors/refusals.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { createLookups, type LookupsOptions } from './lookups.ts';

const PLENTY = { burst: 1_000, perSecond: 1_000 };
const OPTIONS: LookupsOptions = {
  total: PLENTY,
  perTenant: PLENTY,
  maxInFlight: 1_000,
  maxWaiting: 1_000,
  maxWaitMs: 1_000,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Look-ups that take `tookMs`, and what became of each: `+`, or the code it was refused with. */
function setUp(options: Partial<LookupsOptions>, tookMs = 0) {
  const lookups = createLookups({ ...OPTIONS, ...options });
  const order: string[] = [];
  const running = { now: 0, most: 0 };
  const lookUp = async (digest: string): Promise<void> => {
    order.push(digest);
    running.most = Math.max(running.most, ++running.now);
    if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
    running.now--;
  };
  /** `acme/1`: the credential 1, which claims to be acme's. */
  const ask = (digest: string): Promise<string> => {
    const claimedTenantId = TenantId.parse(digest.split('/')[0]);
    return lookups
      .run({ claimedTenantId, digest }, () => lookUp(digest))
      .then(
        () => '+',
        ({ code, particulars }: Refusal) => `${code} ${particulars.headers?.['retry-after'] ?? ''}`.trim(),
      );
  };
  /** `times` credentials that were never seen. */
  let made = 0;
  const madeUp = (tenant: string, times: number): Promise<string>[] =>
    Array.from({ length: times }, () => ask(`${tenant}/made-up-${made++}`));
  return { lookups, ask, madeUp, order, running };
}

/** How often there was each outcome, in the order in which they came up. */
async function tally(outcomes: readonly Promise<string>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of await Promise.all(outcomes)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

const OVER_SHARE = 'too_many_unknown_credentials 1';

test('where nobody waits, a look-up begins in the same tick', () => {
  const { ask, order } = setUp({});
  void ask('acme/1');
  expect(order).toEqual(['acme/1']);
});

test('who comes with the same credential meanwhile shares the look-up, and its failure', async () => {
  const { lookups } = setUp({});
  const load = vi.fn(() => Promise.reject(new Error('Firestore is down')));
  const credential = { claimedTenantId: TenantId.parse('acme'), digest: '1' };
  const both = [lookups.run(credential, load), lookups.run(credential, load)];
  for (const one of both) await expect(one).rejects.toThrow('Firestore is down');
  expect(load).toHaveBeenCalledTimes(1);
  await expect(lookups.run(credential, load)).rejects.toThrow('Firestore is down');
  expect(load).toHaveBeenCalledTimes(2);
});

test('a tenant has its burst, then so many a second, and takes nothing of another’s', async () => {
  const { madeUp } = setUp({ perTenant: { burst: 3, perSecond: 2 } });
  expect(await tally(madeUp('acme', 10))).toEqual({ '+': 3, [OVER_SHARE]: 7 });
  expect(await tally(madeUp('globex', 10))).toEqual({ '+': 3, [OVER_SHARE]: 7 });
  vi.advanceTimersByTime(1_000);
  expect(await tally(madeUp('acme', 10))).toEqual({ '+': 2, [OVER_SHARE]: 8 });
  vi.advanceTimersByTime(60_000);
  expect(await tally(madeUp('acme', 10))).toEqual({ '+': 3, [OVER_SHARE]: 7 });
});

test.each([
  [1, '1'],
  [0.5, '2'],
  [0.1, '10'],
])('at %d a second, a tenant that had its share is told to come back in %s s, and then is let in', async (rate, s) => {
  const { madeUp, ask } = setUp({ perTenant: { burst: 1, perSecond: rate } });
  expect(await tally(madeUp('acme', 1))).toEqual({ '+': 1 });
  expect(await ask('acme/good')).toBe(`too_many_unknown_credentials ${s}`);
  vi.advanceTimersByTime(Number(s) * 1_000);
  expect(await ask('acme/good')).toBe('+');
});

test('beyond the rate of all together they wait, and are spread over the time there is', async () => {
  const { madeUp, order } = setUp({ total: { burst: 5, perSecond: 10 } });
  const outcomes = Array.from({ length: 10 }, (_, index) => madeUp(`tenant-${index}`, 1)).flat();
  expect(order).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(210);
  expect(order).toHaveLength(7);
  await vi.advanceTimersByTimeAsync(300);
  expect(await tally(outcomes)).toEqual({ '+': 10 });
});

test('only so many are under way at a time; who waits longer than is allowed is refused', async () => {
  const { madeUp, running } = setUp({ maxInFlight: 2 }, 400);
  const outcomes = madeUp('acme', 20);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await tally(outcomes)).toEqual({ '+': 6, overloaded: 14 });
  expect(running).toEqual({ now: 0, most: 2 });
});

test('a flood of one tenant keeps no other waiting, and is told to come back', async () => {
  const { madeUp, ask, order } = setUp({ total: { burst: 1, perSecond: 10 }, maxWaiting: 10 });
  const flood = madeUp('acme', 100);
  const good = ask('globex/good');
  await vi.advanceTimersByTimeAsync(210);
  expect(await good).toBe('+');
  expect(order).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await tally(flood)).toEqual({ '+': 10, [OVER_SHARE]: 90 });
});

test('where as many tenants wait as there are places, the instance is full for who comes first', async () => {
  const { madeUp, ask } = setUp({ total: { burst: 1, perSecond: 10 }, maxWaiting: 10 });
  const flood = Array.from({ length: 11 }, (_, index) => madeUp(`made-up-${index}`, 1)).flat();
  expect(await ask('globex/good')).toBe('overloaded');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await tally(flood)).toEqual({ '+': 11 });
});

/** Ten times what is looked up, from 1 s before somebody comes to 5 s after. */
async function flooded(claim: (index: number) => string, good: string, perTenant = PLENTY): Promise<string[]> {
  const { madeUp, ask } = setUp({ total: { burst: 10, perSecond: 100 }, perTenant, maxWaiting: 50 });
  let made = 0;
  const flood = setInterval(() => void madeUp(claim(made++), 1), 1);
  await vi.advanceTimersByTimeAsync(1_000);
  const outcomes: string[] = [];
  for (let attempt = 0; attempt < 5 && outcomes.at(-1) !== '+'; attempt++) {
    const outcome = ask(good);
    await vi.advanceTimersByTimeAsync(1_000);
    outcomes.push(await outcome);
  }
  clearInterval(flood);
  await vi.advanceTimersByTimeAsync(2_000);
  return outcomes;
}

test.each<[string, (index: number) => string, number, { burst: number; perSecond: number }]>([
  ['of one other tenant', () => 'globex', 1, { burst: 10, perSecond: 10 }],
  ['of fifty other tenants by turns', (index) => `made-up-${index % 50}`, 2, PLENTY],
  ['of ever other tenants', (index) => `made-up-${index}`, 2, PLENTY],
  ['of the very tenant', () => 'acme', 2, { burst: 10, perSecond: 10 }],
])('during a flood %s, who does as told is looked up', async (_name, claim, attempts, perTenant) => {
  const outcomes = await flooded(claim, 'acme/good', perTenant);
  expect(outcomes.at(-1)).toBe('+');
  expect(outcomes.length).toBeLessThanOrEqual(attempts);
});

test('who repeats every key takes no more than every second turn of those who come first', async () => {
  const { ask, madeUp } = setUp({ total: { burst: 1, perSecond: 100 }, maxWaiting: 20 });
  const keys = Array.from({ length: 200 }, (_, index) => `made-up-${index}/x`);
  const refused = keys.map(ask).slice(30);
  await vi.advanceTimersByTimeAsync(500);
  expect(await tally(refused)).toEqual({ overloaded: 170 });
  const repeated = keys.slice(30).map(ask);
  const first = madeUp('globex', 1);
  await vi.advanceTimersByTimeAsync(50);
  expect(await tally(first)).toEqual({ '+': 1 });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await tally(repeated)).toMatchObject({ '+': 21 });
});

test('when nothing waits, no timer is left', async () => {
  const { madeUp } = setUp({ total: { burst: 1, perSecond: 100 } });
  const outcomes = madeUp('acme', 5);
  await vi.advanceTimersByTimeAsync(200);
  expect(await tally(outcomes)).toEqual({ '+': 5 });
  expect(vi.getTimerCount()).toBe(0);
});
