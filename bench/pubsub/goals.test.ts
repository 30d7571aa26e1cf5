import { expect, test } from 'vitest';
import { judge } from './goals.ts';
import { type Figures, makeRows, medians } from './measures.ts';

const googles: Figures = { heldMemory: 600, publish1000By1: 90_000, pull1: 2_000, pull20: 20_000, latencyP50: 20 };
const ours: Figures = {
  ready: 420,
  heldMemory: 400,
  publish1000By1: 81_000,
  pull1: 80_000,
  pull20: 39_999,
  latencyP50: 3,
};

const verdictOf = (what: string, verdicts = judge(makeRows(ours, googles))): boolean | undefined =>
  verdicts.find((verdict) => verdict.what.startsWith(what))?.reached;

test.each([
  ['start to first answer', true],
  ['memory, 200,000 messages held', true],
  ['publish, 1000 a request, 1 in flight', false],
  ['streaming pull, 1 stream', true],
  ['streaming pull, 20 streams', false],
  ['publish to receive at 1,000/s, p50', true],
])('%s: reached is %s', (what, reached) => {
  expect(verdictOf(what)).toBe(reached);
});

test("without Google's figures, what is compared with them stays open, and the rest is judged", () => {
  const verdicts = judge(makeRows(ours, undefined));
  expect(verdictOf('streaming pull, 1 stream', verdicts)).toBeUndefined();
  expect(verdictOf('start to first answer', verdicts)).toBe(true);
  expect(verdictOf('start to first answer', judge(makeRows({ ready: 500 }, undefined)))).toBe(false);
});

test('what we could not measure is missed', () => {
  expect(verdictOf('streaming pull, 1 stream', judge(makeRows({}, googles)))).toBe(false);
});

test('several runs come to the median of each figure', () => {
  expect(medians([{ push: 3, ready: 9 }, { push: 1 }, { push: 2 }])).toEqual({ push: 2, ready: 9 });
  expect(medians([{ push: 3 }, { push: 1 }])).toEqual({ push: 1 });
  expect(medians([])).toEqual({});
});
