import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fairShare } from './fair-share.ts';

const shares = (total: number, demands: readonly number[]): number[] =>
  demands.map((_, index) => fairShare(total, demands, index));

test.each([
  ['one alone', [5], [100]],
  ['nobody asks', [0, 0], [50, 50]],
  ['all ask for more', [900, 900, 90_000], [100 / 3, 100 / 3, 100 / 3]],
  ['one asks for little', [10, 900, 900], [10, 45, 45]],
  ['two ask for little', [10, 20, 900], [10, 20, 70]],
  ['there is enough', [10, 30], [40, 60]],
])('%s', (_name, demands, expected) => {
  expect(shares(100, demands).map((share) => share.toFixed(6))).toEqual(expected.map((share) => share.toFixed(6)));
});

test('all is given out, and nobody who wants more gets less than another', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 20 }),
      (demands) => {
        const given = shares(100, demands);
        expect(given.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 6);
        const most = Math.max(...given);
        for (const [index, share] of given.entries()) {
          if ((demands[index] ?? 0) > share + 1e-9) expect(share).toBeCloseTo(most, 6);
        }
      },
    ),
  );
});
