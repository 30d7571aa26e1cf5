import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countOf, hasMark, marksIn, NO_MARKS, since, withMarks, withoutMarks } from './marks.ts';

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);

test('marks are a list of ids and days, packed: whatever is put in, taken out and looked for', () => {
  const entries = fc.uniqueArray(fc.record({ id: hex, day: fc.integer({ min: 20_000, max: 20_100 }) }), {
    selector: ({ id }) => id,
    maxLength: 60,
  });
  fc.assert(
    fc.property(entries, fc.array(fc.boolean()), hex, (unsorted, removed, stranger) => {
      const list = unsorted.toSorted((a, b) => a.day - b.day);
      const marks = list.reduce((all, { id, day }) => withMarks(all, [id], day), NO_MARKS);
      expect([...marksIn(marks)]).toEqual(list);
      expect(countOf(marks)).toBe(list.length);
      for (const { id } of list) expect(hasMark(marks, id)).toBe(true);
      expect(hasMark(marks, stranger)).toBe(list.some(({ id }) => id === stranger));
      expect([...marksIn(since(marks, 20_050))]).toEqual(list.filter(({ day }) => day >= 20_050));
      const gone = new Set(list.filter((_, i) => removed[i] === true).map(({ id }) => id));
      expect([...marksIn(withoutMarks(marks, gone))]).toEqual(list.filter(({ id }) => !gone.has(id)));
    }),
  );
});

test('an id that is there only across two marks has no mark', () => {
  const marks = withMarks(NO_MARKS, ['00'.repeat(8) + 'ab'.repeat(8), 'cd'.repeat(16)], 20_000);
  const across = marks.toString('hex', 8, 24);
  expect(hasMark(marks, across)).toBe(false);
  expect(hasMark(marks, 'cd'.repeat(16))).toBe(true);
});
