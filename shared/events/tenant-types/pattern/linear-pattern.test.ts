import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './linear-pattern.ts';
import { type Expression, parsePattern } from './parse-pattern.ts';

const UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

const ALLOWED = [
  '^abc',
  '^$',
  '^\\$$',
  '^[A-Z]{2,4}-\\d{4,10}$',
  '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  '^\\d+(\\.\\d{2})?$',
  '^https?:\\/\\/[^\\/?#]+(/[\\w.~-]*)*$',
  '^(red|green|blue)$',
  '^(?:a|)b$',
  '^[^\\s]{1,20}$',
  '^a?b?c?$',
  '^v\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$',
  '^a{0}b{2,}$',
  '^[-a]+🦊$',
  UUID,
];

test.each(ALLOWED)('%s is allowed, and is what RegExp makes of it', (pattern) => {
  const { matches } = compilePattern(pattern);
  const native = new RegExp(pattern, 'u');
  fc.assert(
    fc.property(fc.oneof(fc.stringMatching(native), fc.string({ unit: 'binary' })), (text) => {
      expect(matches(text)).toBe(native.test(text));
    }),
  );
});

test.each([
  ['abc', 'must begin with ^'],
  ['^a|b$', 'must have ( ) around its alternatives'],
  ['^.*x$', 'is ambiguous'],
  ['^(a+)+$', 'is ambiguous'],
  ['^(a*)*$', 'is ambiguous'],
  ['^(a|a)*$', 'is ambiguous'],
  ['^(a|ab)(c|bcd)(d*)$', 'is ambiguous'],
  ['^(a?){30}a{30}$', 'must not be empty'],
  ['^((a?)?b?)?$', 'must not be empty'],
  ['^(a?|b?)c$', 'is ambiguous'],
  ['^([a-z]+\\.?)+$', 'is ambiguous'],
  ['^\\w+\\d$', 'is ambiguous'],
  ['^a{1,3}a$', 'is ambiguous'],
  ['^[ab]*a[ab]{60}$', 'is ambiguous'],
  ['^a{300}$', 'with its repeats written out'],
  ['^((a{9}){9}){9}$', 'with its repeats written out'],
  ['^a{99999}$', 'no quantifier'],
  ['^(?=a)b', 'neither ( ) nor (?: )'],
  ['^(?<!a)b', 'neither ( ) nor (?: )'],
  ['^(a)\\1$', 'not supported'],
  ['^\\bword', 'not supported'],
  ['^\\p{L}+$', 'not supported'],
  ['^\\u{61}', 'not supported'],
  ['^a+?b', 'lazy'],
  ['^a{3,2}', 'wrong way round'],
  ['^a{', 'no quantifier'],
  ['^(a', 'without a )'],
  ['^a)', 'without a ('],
  ['^[a', 'ends too early'],
  ['^[z-a]', 'bad range'],
  ['^a^b', 'where none can be'],
  ['^*a', 'where none can be'],
  ['^\\', 'ends too early'],
  [`^${'a'.repeat(256)}`, 'longer than 256'],
])('%s is refused: %s', (pattern, reason) => {
  expect(() => compilePattern(pattern)).toThrow(reason);
});

test('whatever is allowed is an expression, and whatever is not is refused as such', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '[ab]',
    '[^a]',
    '\\d',
    '(',
    ')',
    '(?:',
    '|',
    '*',
    '+',
    '?',
    '{2}',
    '{0,3}',
    '.',
    '\\.',
    '-',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '1', '.') }),
      (pieces, text) => {
        const pattern = `^${pieces.join('')}$`;
        let compiled: ReturnType<typeof compilePattern> | undefined;
        try {
          compiled = compilePattern(pattern);
        } catch (error) {
          expect(error).toMatchObject({ name: 'PatternError' });
        }
        expect(compiled?.matches(text)).toBe(compiled && new RegExp(pattern, 'u').test(text));
      },
    ),
    { numRuns: 5_000 },
  );
});

/** Characters that a backtracking engine looks at, as ECMAScript defines matching: V8's is one. */
function charactersTried(pattern: string, text: string): number {
  let tried = 0;
  const match = (expression: Expression, at: number, then: (at: number) => boolean): boolean => {
    if (expression.kind === 'one') {
      tried += 1;
      const point = text.charCodeAt(at);
      return expression.of.some(([first, last]) => first <= point && point <= last) && then(at + 1);
    }
    if (expression.kind === 'sequence') {
      return expression.parts.reduceRight((rest, part) => (from: number) => match(part, from, rest), then)(at);
    }
    if (expression.kind === 'choice') return expression.branches.some((branch) => match(branch, at, then));
    const { part, min, max } = expression;
    const from = (count: number, start: number): boolean => {
      const again = (end: number): boolean => (end > start || count < min) && from(count + 1, end);
      return (count < max && match(part, start, again)) || (count >= min && then(start));
    };
    return from(0, at);
  };
  match(parsePattern(pattern), 0, (end) => !pattern.endsWith('$') || end === text.length);
  return tried;
}

describe('no text makes a pattern try anything twice', () => {
  test.each(ALLOWED.filter((pattern) => /[+*]/.test(pattern)))(
    '%s: the characters tried grow as the text',
    (pattern) => {
      const samples = fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 40, seed: 1 });
      for (const sample of samples) {
        const text = `${sample}${(sample.slice(-1) || 'a').repeat(300)}\u0000`;
        expect(charactersTried(pattern, text)).toBeLessThan(10 * text.length + 100);
      }
    },
  );

  test.each(['^(a|a)*$', '^(a+)+$', '^(a*)*$', '^(a?){16}a{16}$'])(
    '%s, which is refused, shows the measure',
    (pattern) => {
      expect(charactersTried(pattern, `${'a'.repeat(16)}\u0000`)).toBeGreaterThan(10_000);
      expect(() => compilePattern(pattern)).toThrow('ambiguous');
    },
  );
});
