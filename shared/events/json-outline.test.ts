import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atMostValues, outlineOf, type Piece } from './json-outline.ts';

const ALL = { listDepth: 0, maxValues: 1_000_000, piece: { values: 10, bytes: 1_000 } };

/** Of parsed JSON. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + valuesIn(each), 1);
}

test.each([
  ['1', 1],
  ['{}', 1],
  ['[ \n ]', 1],
  ['[[],[]]', 3],
  ['[[[]]]', 3],
  ['[ [ ] , { } ]', 3],
  ['{"a":1,"b":[1,2,"c"]}', 6],
  ['{"a":{"b":{}}}', 3],
  [String.raw`["a,b[{",",\",","\\",1]`, 5],
])('%s has %i values', (text, values) => {
  expect(outlineOf(Buffer.from(text), ALL).values).toBe(values);
});

test('it is as many as there are, and never more than the count that is quicker', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), fc.boolean(), fc.nat(3), (text, isSpaced, offset) => {
      const written = isSpaced ? JSON.stringify(JSON.parse(text), undefined, 2) : text;
      const bytes = Buffer.from(`${' '.repeat(offset)}${written}`).subarray(offset);
      const { values } = outlineOf(bytes, ALL);
      // A name that comes twice is one in what is parsed.
      expect(values).toBeGreaterThanOrEqual(valuesIn(JSON.parse(text)));
      if (isSpaced) expect(values).toBe(valuesIn(JSON.parse(text)));
      expect(atMostValues(bytes)).toBeGreaterThanOrEqual(values);
    }),
  );
});

test.each([0, 1, 2, 3, 126, 127, 128, 508, 1_000, 5_003])('of %i commas and brackets, wherever they begin', (count) => {
  for (let offset = 0; offset < 4; offset++) {
    const bytes = new Uint8Array(count + offset).fill(0x2c).subarray(offset);
    for (let at = 0; at < count; at += 3) bytes[at] = at % 2 === 0 ? 0x5b : 0x7b;
    expect(atMostValues(bytes)).toBe(1 + count);
    expect(atMostValues(bytes.fill(0xac))).toBe(1);
  }
});

test('it looks no further than it takes', () => {
  const many = Buffer.from(`[${'{},'.repeat(1_000)}`);
  expect(outlineOf(many, { ...ALL, maxValues: 100 }).values).toBe(102);
});

test('as many as are allowed are not taken for more, an empty object at the end included', () => {
  const just = Buffer.from(`[${Array(99).fill('{}').join(',')}]`);
  expect(outlineOf(just, { ...ALL, maxValues: 100 }).values).toBe(100);
});

describe('pieces', () => {
  const cut = (text: string, listDepth: number): { pieces: readonly Piece[]; texts: string[]; frame: string[] } => {
    const bytes = Buffer.from(text);
    const { list } = outlineOf(bytes, { ...ALL, listDepth });
    const pieces = list?.pieces ?? [];
    return {
      pieces,
      texts: pieces.map(({ start, end }) => bytes.toString('utf8', start, end)),
      frame: list === undefined ? [] : [text.slice(0, list.start), text.slice(list.end)],
    };
  };

  test.each<[string, number, string[], string[]]>([
    ['[]', 1, [], ['[', ']']],
    ['[ ]', 1, [], ['[', ' ]']],
    ['[1,2]', 1, ['1,2'], ['[', ']']],
    ['[{"a":[1,2,3,4]},{"b":[1,2,3,4]},3]', 1, ['{"a":[1,2,3,4]}', '{"b":[1,2,3,4]},3'], ['[', ']']],
    ['[[1,2,3,4,5,6,7,8,9,10,11],1]', 1, ['[1,2,3,4,5,6,7,8,9,10,11]', '1'], ['[', ']']],
    ['{"events":[1,[2]],"x":[3]}', 2, ['1,[2]'], ['{"events":[', '],"x":[3]}']],
    ['{"a":{"b":[1]}}', 2, [], []],
    // Whoever parses these finds what is wrong with them.
    ['[1,]', 1, ['1,'], ['[', ']']],
    ['[1', 1, ['1'], ['[', '']],
    ['[1}', 1, ['1'], ['[', '}']],
    ['[1}]]', 1, ['1'], ['[', '}]]']],
  ])('%s at %i', (text, depth, texts, frame) => {
    const found = cut(text, depth);
    expect(found.texts).toEqual(texts);
    if (texts.length > 0) expect(found.frame).toEqual(frame);
  });

  test('put together again they are the list, and each keeps to the bounds, or is a single item', () => {
    const item = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 30 }), (items) => {
        const { pieces, texts } = cut(JSON.stringify(items), 1);
        expect(texts.flatMap((text) => JSON.parse(`[${text}]`) as unknown[])).toEqual(
          JSON.parse(JSON.stringify(items)),
        );
        for (const [index, { items: count, values }] of pieces.entries()) {
          const parsed = JSON.parse(`[${texts[index]}]`) as unknown[];
          expect([count, values]).toEqual([parsed.length, valuesIn(parsed) - 1]);
          if (count > 1) expect(values).toBeLessThanOrEqual(ALL.piece.values);
        }
      }),
    );
  });
});
