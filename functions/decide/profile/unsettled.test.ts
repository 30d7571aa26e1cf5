import { expect, test } from 'vitest';
import { after, NOW_MS, someEvent } from '../fixtures.ts';
import { LIMITS } from './limits.ts';
import type { UnsettledEvent } from './profile.ts';
import { withinLimits } from './unsettled.ts';

function waiting(id: string, rules: readonly string[], bytes = 10): UnsettledEvent {
  return {
    event: someEvent({ id, received_at: after(0), data: { x: 'x'.repeat(bytes) } }),
    rules,
    appliedAtMs: NOW_MS,
  };
}

function many(prefix: string, count: number, rules: readonly string[], bytes?: number): UnsettledEvent[] {
  return Array.from({ length: count }, (_, i) => waiting(`${prefix}${i}`, rules, bytes));
}

const idsOf = (kept: readonly UnsettledEvent[]): string[] => kept.map(({ event }) => event.id);

test('what fits stays as it is', () => {
  const unsettled = [waiting('a', ['x', 'y']), waiting('b', ['y'], 50_000)];
  expect(withinLimits(unsettled)).toEqual({ kept: unsettled, dropped: [] });
});

test('a frequent rule loses its oldest, and a rare one nothing', () => {
  const { kept, dropped } = withinLimits([waiting('rare', ['rare']), ...many('f', 10, ['frequent'])]);
  expect(idsOf(kept)).toEqual([
    'rare',
    ...many('f', 10, [])
      .slice(-8)
      .map(({ event }) => event.id),
  ]);
  expect(dropped).toEqual([
    { rule: 'frequent', eventId: 'f0' },
    { rule: 'frequent', eventId: 'f1' },
  ]);
});

test('an event waits on for the rules that have room', () => {
  const { kept, dropped } = withinLimits([waiting('a', ['frequent', 'rare']), ...many('f', 8, ['frequent'])]);
  expect(kept[0]).toMatchObject({ event: { id: 'a' }, rules: ['rare'] });
  expect(dropped).toEqual([{ rule: 'frequent', eventId: 'a' }]);
});

test('where bytes are short, the rule that takes up the most loses its oldest', () => {
  const { kept, dropped } = withinLimits([waiting('rare', ['rare']), ...many('f', 8, ['large'], 40_000)]);
  expect(idsOf(kept)).toContain('rare');
  expect(idsOf(kept)).toContain('f7');
  expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(LIMITS.unsettledBytes + kept.length + 1);
  expect(dropped.length).toBe(9 - kept.length);
});

test('an event larger than all may be is dropped for each of its rules, and no other is', () => {
  const others = many('f', 3, ['x']);
  const huge = waiting('huge', ['x', 'y'], LIMITS.unsettledBytes);
  expect(withinLimits([...others, huge])).toEqual({
    kept: others,
    dropped: [
      { rule: 'x', eventId: 'huge' },
      { rule: 'y', eventId: 'huge' },
    ],
  });
});

test('where values are short, the rule that holds the most loses its oldest', () => {
  const wide = (id: string): UnsettledEvent => {
    const event = someEvent({ id, received_at: after(0), data: { x: Array.from({ length: 3_000 }, () => ({})) } });
    return { event, rules: ['wide'], appliedAtMs: NOW_MS };
  };
  const { kept, dropped } = withinLimits([waiting('rare', ['rare']), wide('w1'), wide('w2'), wide('w3')]);
  expect(idsOf(kept)).toEqual(['rare', 'w2', 'w3']);
  expect(dropped).toEqual([{ rule: 'wide', eventId: 'w1' }]);
});

test('many rules have no more events together than a profile may hold', () => {
  const unsettled = Array.from({ length: 100 }, (_, i) => waiting(`e${i}`, [`rule${i % 50}`]));
  const { kept, dropped } = withinLimits(unsettled);
  expect(kept).toHaveLength(LIMITS.unsettledEvents);
  expect(dropped).toHaveLength(100 - LIMITS.unsettledEvents);
});
