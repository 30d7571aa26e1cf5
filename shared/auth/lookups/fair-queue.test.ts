import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';

function queueOf(capacity: number, items: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>(capacity);
  for (const item of items) queue.push(item.slice(0, 1), item);
  return queue;
}

/** Everything that waits, in the order of its turns. */
function drained(queue: FairQueue<string>): string[] {
  const order: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) order.push(item);
  return order;
}

test.each<[string, readonly string[], readonly string[]]>([
  ['nothing', [], []],
  ['one claim: as they came', ['a1', 'a2', 'a3'], ['a1', 'a2', 'a3']],
  ['claims by turns', ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'], ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']],
])('%s', (_name, items, order) => {
  const queue = queueOf(10, items);
  expect(queue.size).toBe(items.length);
  expect(drained(queue)).toEqual(order);
  expect(queue.size).toBe(0);
});

test.each<[string, readonly string[], string, ReturnType<FairQueue<string>['push']>, readonly string[]]>([
  ['has room', ['a1', 'a2'], 'b1', { outcome: 'queued', displaced: undefined }, ['a1', 'b1', 'a2']],
  ['is full of one claim', ['a1', 'a2', 'a3'], 'b1', { outcome: 'queued', displaced: 'a3' }, ['a1', 'b1', 'a2']],
  ['is full of one’s own', ['a1', 'a2', 'a3'], 'a4', { outcome: 'over_share' }, ['a1', 'a2', 'a3']],
  ['is full, and one has a fair share', ['a1', 'a2', 'b1'], 'b2', { outcome: 'over_share' }, ['a1', 'b1', 'a2']],
  ['is full of claims', ['a1', 'b1', 'c1'], 'd1', { outcome: 'full' }, ['a1', 'b1', 'c1']],
  ['is full of claims, one’s own among them', ['a1', 'b1', 'c1'], 'a2', { outcome: 'over_share' }, ['a1', 'b1', 'c1']],
])('a queue of three that %s', (_name, items, pushed, outcome, order) => {
  const queue = queueOf(3, items);
  expect(queue.push(pushed.slice(0, 1), pushed)).toEqual(outcome);
  expect(drained(queue)).toEqual(order);
});

test('what waits no longer has no turn, and makes room', () => {
  const queue = queueOf(3, ['a1', 'a2', 'b1']);
  queue.remove('a', 'a1');
  queue.remove('b', 'b1');
  queue.remove('b', 'nothing');
  queue.remove('c', 'c1');
  expect(queue.size).toBe(1);
  expect(drained(queue)).toEqual(['a2']);
});

/** What others do: something is pushed for one of many claims, or one has its turn. */
const step = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2 }), fc.constant('turn' as const));
const steps = fc.array(step, { maxLength: 200 });

/** Does the steps, and knows how many claims wait. */
function play(queue: FairQueue<string>) {
  const waiting = new Map<string, number>();
  const count = (claim: string, by: number): void => {
    const left = (waiting.get(claim) ?? 0) + by;
    if (left === 0) waiting.delete(claim);
    else waiting.set(claim, left);
  };
  /** What left the queue, by its turn or without. */
  const one = (each: number | 'turn'): string | undefined => {
    const claim = String(each);
    const pushed = each === 'turn' ? undefined : queue.push(claim, claim);
    if (pushed?.outcome === 'queued') count(claim, 1);
    const left = pushed === undefined ? queue.shift() : pushed.outcome === 'queued' ? pushed.displaced : undefined;
    if (left !== undefined) count(left, -1);
    return left;
  };
  return { waiting, one };
}

test('one that waits alone for its claim has its turn after one of each claim before it, whatever others push', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, steps, (capacity, before, after) => {
      const queue = new FairQueue<string>(capacity);
      const { waiting, one } = play(queue);
      before.forEach(one);
      const claimsBefore = waiting.size;
      const { outcome } = queue.push('cold', 'cold');
      // Only as many others as there are places keep it out.
      expect(outcome).toBe(claimsBefore < capacity ? 'queued' : 'full');
      if (outcome === 'full') return;
      waiting.set('cold', 1);
      let turns = 0;
      for (const each of [...after, ...Array.from({ length: capacity }, () => 'turn' as const)]) {
        const left = one(each);
        expect(queue.size).toBeLessThanOrEqual(capacity);
        if (each === 'turn') turns++;
        if (left !== 'cold') continue;
        expect(each).toBe('turn');
        expect(turns).toBeLessThanOrEqual(claimsBefore + 1);
        return;
      }
      expect.unreachable('it never had its turn');
    }),
    { numRuns: 2_000 },
  );
});
