import { compilePattern } from '../pattern/linear-pattern.ts';
import { PatternError } from '../pattern/parse-pattern.ts';
import { canonical } from './canonical.ts';
import { type Check, finding, isObject, Steps } from './check.ts';
import { FORMATS } from './formats.ts';
import { type Compile, type Keyword, strings, wholeNumber } from './keyword.ts';
import { isMultipleOf } from './multiple-of.ts';

const TYPES: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['null', (value) => value === null],
  ['boolean', (value) => typeof value === 'boolean'],
  ['object', isObject],
  ['array', Array.isArray],
  ['number', (value) => typeof value === 'number'],
  ['integer', Number.isInteger],
  ['string', (value) => typeof value === 'string'],
]);

/** How many characters of a text, at one position of a pattern, take as long as a step. */
const CHARACTERS_A_STEP = 64;

/** Keywords about any value, numbers and strings. */
export const OF_SCALARS: Readonly<Record<string, Keyword>> = {
  type: (argument, _schema, compile) => {
    const names = typeof argument === 'string' ? [argument] : strings(argument, 'type', compile);
    const tests = names.map((name) => {
      const is = TYPES.get(name);
      if (is === undefined) throw compile.refuse(`there is no type ${name}`, 'type');
      return is;
    });
    const [only] = tests;
    const reason = `must be ${names.map(withArticle).join(' or ')}`;
    const isOne = tests.length === 1 && only !== undefined ? only : (value: unknown) => tests.some((is) => is(value));
    return (value) => (isOne(value) ? undefined : finding(reason));
  },
  const: (argument) => oneOfValues([argument], `must be ${short(argument)}`),
  enum: (argument, _schema, compile) => {
    if (!Array.isArray(argument)) throw compile.refuse('must be an array', 'enum');
    return oneOfValues(
      argument,
      `must be one of ${argument.slice(0, 10).map(short).join(', ')}${argument.length > 10 ? ', …' : ''}`,
    );
  },
  minimum: bound('minimum', '>=', (value, limit) => value >= limit),
  exclusiveMinimum: bound('exclusiveMinimum', '>', (value, limit) => value > limit),
  maximum: bound('maximum', '<=', (value, limit) => value <= limit),
  exclusiveMaximum: bound('exclusiveMaximum', '<', (value, limit) => value < limit),
  multipleOf: (argument, _schema, compile) => {
    const divisor = finite(argument, 'multipleOf', compile);
    if (divisor <= 0) throw compile.refuse('must be greater than 0', 'multipleOf');
    const wrong = finding(`must be a multiple of ${divisor}`);
    return (value) => (typeof value !== 'number' || isMultipleOf(value, divisor) ? undefined : wrong);
  },
  minLength: (argument, _schema, compile) => {
    const least = wholeNumber(argument, 'minLength', compile);
    const wrong = finding(least === 1 ? 'must not be empty' : `shorter than ${least} characters`);
    return (value, steps) => (typeof value !== 'string' || lengthOf(value, least, steps) >= least ? undefined : wrong);
  },
  maxLength: (argument, _schema, compile) => {
    const most = wholeNumber(argument, 'maxLength', compile);
    const wrong = finding(`longer than ${most} characters`);
    return (value, steps) =>
      typeof value !== 'string' || lengthOf(value, most + 1, steps) <= most ? undefined : wrong;
  },
  pattern: (argument, _schema, compile) => {
    if (typeof argument !== 'string') throw compile.refuse('must be a string', 'pattern');
    const { matches, positions } = linear(argument, compile);
    const wrong = finding(`must match ${argument}`);
    return (value, steps) => {
      if (typeof value !== 'string') return undefined;
      steps.spend((value.length * positions) / CHARACTERS_A_STEP);
      return matches(value) ? undefined : wrong;
    };
  },
  format: (argument, _schema, compile) => {
    const isOf = typeof argument === 'string' ? FORMATS.get(argument) : undefined;
    if (isOf === undefined) throw compile.refuse(`must be one of ${[...FORMATS.keys()].join(', ')}`, 'format');
    const wrong = finding(`not of the format ${String(argument)}`);
    return (value) => (typeof value !== 'string' || isOf(value) ? undefined : wrong);
  },
};

function bound(keyword: string, sign: string, keeps: (value: number, limit: number) => boolean): Keyword {
  return (argument, _schema, compile) => {
    const limit = finite(argument, keyword, compile);
    const wrong = finding(`must be ${sign} ${limit}`);
    return (value) => (typeof value !== 'number' || keeps(value, limit) ? undefined : wrong);
  };
}

function finite(argument: unknown, keyword: string, compile: Compile): number {
  if (typeof argument !== 'number') throw compile.refuse('must be a number', keyword);
  return argument;
}

function oneOfValues(values: readonly unknown[], reason: string): Check {
  const free = new Steps(Infinity);
  const known = new Set(values.map((value) => canonical(value, free)));
  const hasObjects = values.some((value) => typeof value === 'object' && value !== null);
  const wrong = finding(reason);
  return (value, steps) => {
    if (!hasObjects && typeof value === 'object' && value !== null) return wrong;
    return known.has(canonical(value, steps)) ? undefined : wrong;
  };
}

/** Unicode characters of `text`, counted only where its UTF-16 units do not tell whether there are `needed` of them. */
function lengthOf(text: string, needed: number, steps: Steps): number {
  if (text.length < needed || text.length >= 2 * needed) return text.length;
  steps.spend(text.length / CHARACTERS_A_STEP);
  let characters = 0;
  for (const _ of text) characters += 1;
  return characters;
}

function linear(pattern: string, compile: Compile): ReturnType<typeof compilePattern> {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (error instanceof PatternError) throw compile.refuse(error.message, 'pattern');
    throw error;
  }
}

function withArticle(name: string): string {
  if (name === 'null') return name;
  return /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
