import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findInexact, parseBytesExactly, parseExactly } from './exact-json.ts';

function pathIn(text: string): string | undefined {
  const { json, inexact } = parseExactly(text);
  return findInexact(json, inexact)?.path;
}

test.each([
  ['12345678901234567890', false],
  ['9007199254740993', false],
  ['-9007199254740993', false],
  ['9007199254740992', true],
  ['-9007199254740991', true],
  ['1763634600123456', true],
  // Exact as a double, but JSON writes its shortest digits: 1152921504606847000.
  ['1152921504606846976', false],
  ['1152921504606847000', true],
  [`1${'0'.repeat(30)}`, true],
  [`1${'0'.repeat(29)}1`, false],
  ['1e400', false],
  ['-1E+400', false],
  ['9'.repeat(400), false],
  ['1e308', true],
  ['1e-400', true],
  ['1.5e3', true],
  ['0.12345678901234567890123', true],
  ['-0', true],
])('%s survives: %s', (number, survives) => {
  for (const space of ['', ' ', '\n']) {
    expect(pathIn(`{"data":{"list":[0,{"n":${space}${number}}]}}`)).toBe(survives ? undefined : 'data.list.1.n');
    expect(pathIn(`{"list":[${space}${number}]}`)).toBe(survives ? undefined : 'list.0');
  }
});

test('digits within a string are text', () => {
  expect(pathIn('{"a":"12345678901234567890","b":": 12345678901234567890, 1e400"}')).toBeUndefined();
});

test('what is parsed is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify({ value, large: 1e300 });
      expect(parseExactly(text).json).toEqual(JSON.parse(text));
      expect(pathIn(text)).toBeUndefined();
    }),
  );
});

test('an integer is found wanting exactly where it would be written otherwise', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (integer) => {
      const written = BigInt(JSON.stringify(Number(integer)).replace(/^(-?\d)\.?(\d*)e\+(\d+)$/, expand));
      expect(pathIn(`{"n":${integer}}`)).toBe(written === integer ? undefined : 'n');
    }),
  );
});

function expand(_all: string, first: string, fraction: string, exponent: string): string {
  return first + fraction.padEnd(Number(exponent), '0');
}

test('half a surrogate pair is found wherever it is, and nothing else', () => {
  const piece = fc.constantFrom(
    String.raw`\ud83d`,
    String.raw`\uDE00`,
    String.raw`\\`,
    'ud83d',
    String.raw`\u0041`,
    '😀',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, isKey) => {
      const written = `"${pieces.join('')}"`;
      const isWellFormed = (JSON.parse(written) as string).isWellFormed();
      expect(pathIn(isKey ? `{"a":{${written}:1}}` : `{"a":[${written}]}`) === undefined).toBe(isWellFormed);
    }),
    { numRuns: 2_000 },
  );
});

test.each(['{"subject":cus_1}', `[${'"a",'.repeat(50)}cus_1,${'"a",'.repeat(50)}]`, '{"subject":"cus_1"', 'cus_1'])(
  'what is no JSON is told without an excerpt: %s',
  (text) => {
    const parse = (): unknown => parseBytesExactly(Buffer.from(text));
    expect(parse).toThrow(SyntaxError);
    expect(parse).toThrow(/JSON/);
    expect(parse).not.toThrow(/us_1/);
  },
);
