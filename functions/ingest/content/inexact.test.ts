import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findInexact, mayBeInexact } from './inexact.ts';
import { parseJson } from './parse-json.ts';

function pathIn(text: string): string | undefined {
  return parseJson(Buffer.from(text)).inexact.get(0)?.path;
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
      expect(parseJson(Buffer.from(text)).json).toEqual(JSON.parse(text));
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

test.each([
  ['the least deep', '{"data":{"a":{"b":1e999},"c":9007199254740993}}', 'data.c'],
  ['the first of those', '{"data":{"a":[0,1e999,"\\ud800"]}}', 'data.a.1'],
  ['one that is overwritten is none', '{"a":1e999,"b":2,"a":1}', undefined],
  ['nor is what it holds', '{"a":{"b":[1e999]},"a":{"b":[1]}}', undefined],
  ['one that overwrites is', '{"a":{},"a":{"b":[1e999]}}', 'a.b.0'],
  ['a name with escapes', String.raw`{"\u0061\n":1e999}`, 'a\n'],
  ['a name that is not well-formed', String.raw`{"a":{"x\ud800":[1e999]}}`, 'a.x\ufffd'],
  ['nothing is within a number', '1e999', undefined],
  ['digits at the end', `[${'1'.repeat(20)}]`, '0'],
])('%s', (_name, text, path) => {
  expect(pathIn(text)).toBe(path);
});

test.each([
  [
    '[{"a":1},{"a":1e999},1e999,{"b":{"a":"\\ud800"}}]',
    1,
    [
      [1, 'a'],
      [3, 'b.a'],
    ],
  ],
  ['{"events":[{"a":1},[1e999]]}', 2, [[1, '0']]],
  ['{"events":[{"a":1e999}],"events":[{"a":1}]}', 2, []],
] as const)('each item has its own: %s', (text, depth, expected) => {
  const found = findInexact(Buffer.from(text), depth);
  expect([...found].map(([index, { path }]) => [index, path])).toEqual(expected);
});

/** The same by a reviver, which is told each value's source: exact, and ten times as slow and as large as parsing. */
function byReviver(text: string): { readonly levels: number; readonly paths: readonly string[] } | undefined {
  const inexact = new Map<object, string[]>();
  function note(this: object, key: string, value: unknown, context?: { readonly source?: string }): unknown {
    const source = context?.source ?? '';
    const isInteger = /^-?\d+$/.test(source);
    const isLost =
      typeof value === 'number' &&
      (!Number.isFinite(value) ||
        (isInteger && BigInt(source) !== BigInt(JSON.stringify(value).replace(/^(-?\d)\.?(\d*)e\+(\d+)$/, expand))));
    const isText = key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
    if (isLost || !isText) inexact.set(this, [...(inexact.get(this) ?? []), key.toWellFormed()]);
    return value;
  }
  const root: unknown = JSON.parse(text, note);
  let level: [object, string][] = typeof root === 'object' && root !== null ? [[root, '']] : [];
  for (let levels = 1; level.length > 0; levels++) {
    const paths = level.flatMap(([container, path]) => (inexact.get(container) ?? []).map((key) => path + key));
    if (paths.length > 0) return { levels, paths };
    level = level.flatMap(([container, path]) =>
      Object.entries(container).flatMap(([key, value]): [object, string][] =>
        typeof value === 'object' && value !== null ? [[value as object, `${path}${key.toWellFormed()}.`]] : [],
      ),
    );
  }
  return undefined;
}

const ODD_LITERALS = [
  '9007199254740993',
  '1e999',
  '-1E+400',
  '9007199254740992',
  '1e-400',
  '1e99',
  '0.12345678901234567890',
  '1'.repeat(400),
];
const literal = fc.oneof(
  fc.constantFrom(...ODD_LITERALS),
  fc.constantFrom(String.raw`"\ud83d"`, String.raw`"\ud83d\ude00"`, String.raw`"\\ud83d"`, '", 1e999"', 'null', 'true'),
  fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
);
const name = fc.constantFrom('a', 'b', 'c', 'ü', String.raw`\ud800`, String.raw`\u0061`, '1e999', '', '__proto__');
const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, literal, tie('list'), tie('object')),
  list: fc.array(tie('json'), { maxLength: 4 }).map((all) => `[${all.join(', ')}]`),
  object: fc
    .array(fc.tuple(name, tie('json')), { maxLength: 4 })
    .map((all) => `{${all.map(([key, value]) => `"${key}" :${value}`).join(',')}}`),
}));

describe('held against a reviver', () => {
  test('the same is found, at the same depth, among what is there', () => {
    fc.assert(
      fc.property(json, (text) => {
        const expected = byReviver(text);
        const found = parseJson(Buffer.from(text)).inexact.get(0);
        if (expected === undefined || found === undefined) {
          expect([found, expected]).toEqual([undefined, undefined]);
          return;
        }
        expect(expected.paths).toContain(found.path);
        // Of the first of them where no name comes twice.
        if (!/"((?:[^"\\]|\\.)*)" :.*"\1" :/.test(text.replaceAll(String.raw`\u0061`, 'a')))
          expect(found.path).toBe(expected.paths[0]);
      }),
      { numRuns: 5_000 },
    );
  });

  test('what is not looked through has nothing to be found', () => {
    fc.assert(
      fc.property(json, (text) => {
        const isExact = byReviver(text) === undefined;
        expect(isExact || mayBeInexact(Buffer.from(text), text)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
