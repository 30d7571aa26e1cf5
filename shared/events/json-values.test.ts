import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countValues, hasMoreValuesThan } from './json-values.ts';

test.each<[unknown, number]>([
  [null, 1],
  [[], 1],
  [{}, 1],
  [[[], {}, [1]], 5],
  [{ a: 1, b: { c: [true, 'x,[{'] } }, 6],
])('%j holds %d values', (json, values) => {
  expect(countValues(json)).toBe(values);
});

/** Nothing is found in a short text without looking: room around the values makes it look. */
const PADDING = ' '.repeat(200);

test('a scan finds as many values as parsing does, whatever the text holds', () => {
  const spaces = fc.constantFrom(undefined, 1, '\t');
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), spaces, (json, space) => {
      const values = countValues(json);
      const text = Buffer.from(JSON.stringify(json, null, space) + PADDING.repeat(values));
      expect([hasMoreValuesThan(text, values - 1), hasMoreValuesThan(text, values)]).toEqual([true, false]);
    }),
  );
});

test.each(['"', '"\\', '[[[', ',,,', '{"a":"\\"'])('what is not JSON, %s, is looked at to its end', (text) => {
  expect(hasMoreValuesThan(Buffer.from(text + PADDING), 60)).toBe(false);
});

test('329,000 empty objects are too many, and so are the digits that just exceed', () => {
  expect(hasMoreValuesThan(Buffer.from(`[${Array(329_000).fill('{}').join(',')}]`), 25_000)).toBe(true);
  expect(hasMoreValuesThan(Buffer.from(`[${Array(25_000).fill('1').join(',')}]`), 25_000)).toBe(true);
  expect(hasMoreValuesThan(Buffer.from(`[${Array(24_999).fill('1').join(',')}]`), 25_000)).toBe(false);
});
