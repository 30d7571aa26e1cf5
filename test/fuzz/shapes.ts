import fc from 'fast-check';

/** JSON as text, since much of it no value of JavaScript would be written as. */
type Shape = fc.Arbitrary<string>;

/** Most are short, some go beyond what an event may have. */
const count = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 41, max: 2_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4_900, max: 8_000 }) },
);

const times = (n: number, unit: (index: number) => string): string =>
  Array.from({ length: n }, (_, at) => unit(at)).join(',');
const digits = (n: number): string => '1234567890'.repeat(Math.ceil(n / 10)).slice(0, Math.max(1, n));

const manyValues: Shape = fc
  .tuple(
    count,
    fc.constantFrom(
      '{}',
      '[]',
      '0',
      '""',
      'null',
      '{"a":1}',
      '[[]]',
      '1e999',
      '9007199254740993',
      String.raw`"\ud83d"`,
    ),
  )
  .map(([n, unit]) => `[${times(n, () => unit)}]`);

/** Names that no other has, within the request and beyond. */
const newNames: Shape = fc
  .tuple(count, fc.nat())
  .map(([n, from]) => `{${times(n, (at) => `"${(from + at).toString(36)}":{}`)}}`);

const sameNames: Shape = count.map((n) => `{${times(n, (at) => `"a":${at}`)}}`);

const deep: Shape = fc
  .tuple(count, fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"b":', '}]']), fc.boolean())
  .map(([n, [open = '', close = ''], isClosed]) => `${open.repeat(n)}1${isClosed ? close.repeat(n) : ''}`);

const longNumber: Shape = fc
  .tuple(count, fc.constantFrom('', '-', '0.', '1e', '-1E+', '1e-', '1.'), fc.constantFrom('', 'e5', 'e309', '.5'))
  .map(([n, before, after]) => `[${before}${digits(n)}${after},1]`);

const unicode: Shape = fc
  .tuple(
    count,
    fc.constantFrom(
      'x',
      'é',
      '中',
      '💩',
      String.raw`\u00e9`,
      String.raw`\ud83d\ude00`,
      String.raw`\ud83d`,
      String.raw`\\`,
      String.raw`\"`,
      ',',
      '[{',
      '\u2028',
    ),
  )
  .map(([n, unit]) => `{"${unit.repeat(n % 50)}":"${unit.repeat(n * 4)}"}`);

const blanks: Shape = count.map((n) => `{${' \t\r\n'.repeat(n * 4)}"a":1${' '.repeat(n)}}`);

/** JSON of generated shapes, or nearly: many values, new names, deep, long numbers, odd texts, blanks. */
export const shape: Shape = fc.oneof(manyValues, newNames, sameNames, deep, longNumber, unicode, blanks);
