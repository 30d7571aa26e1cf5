import { areDisjoint, type CodePoints } from './code-points.ts';
import { type Expression, parsePattern, PatternError } from './parse-pattern.ts';

const MAX_CHARACTERS = 256;
const MAX_POSITIONS = 256;

/** A regular expression that takes time in proportion to the text. */
export interface LinearPattern {
  /** Whether the text matches, beginning at its beginning. */
  readonly matches: (text: string) => boolean;
  /** Characters that the pattern has once its counted repeats are written out: a measure of what matching takes. */
  readonly positions: number;
}

/**
 * Compiles `pattern` where at every point of every text the next character alone decides which part of the pattern it
 * belongs to. Such a pattern (a strongly deterministic one, as XML Schema demands of its content models) leaves the
 * engine nothing to try twice, so that no text can make it slow; an engine that is linear for any pattern was found to
 * take microseconds a character for hostile ones.
 *
 * @throws {PatternError}
 * @see https://www.w3.org/TR/xmlschema11-1/#cos-nonambig
 */
export function compilePattern(pattern: string): LinearPattern {
  if (pattern.length > MAX_CHARACTERS) throw new PatternError(`is longer than ${MAX_CHARACTERS} characters`);
  const positions: Position[] = [];
  const { first } = analyse(parsePattern(pattern), positions);
  for (const following of [first, ...positions.map(({ follow }) => [...follow])]) {
    if (!areDisjoint(following.map(({ of }) => of))) throw new PatternError(AMBIGUOUS);
  }
  const expression = new RegExp(pattern, 'u');
  return { matches: (text) => expression.test(text), positions: positions.length };
}

const AMBIGUOUS =
  'is ambiguous: at each point the next character must decide which part it belongs to, as in ^[a-z]+-[0-9]+$ and not in ^.*x$';

/** A character of the written-out pattern, and those that may come after it. */
interface Position {
  readonly of: CodePoints;
  readonly follow: Set<Position>;
}

/** Glushkov's construction. */
interface Analysis {
  readonly isNullable: boolean;
  readonly first: readonly Position[];
  readonly last: readonly Position[];
}

const EMPTY: Analysis = { isNullable: true, first: [], last: [] };

function analyse(expression: Expression, positions: Position[]): Analysis {
  if (expression.kind === 'repeat') return repeated(expression, positions);
  if (expression.kind === 'choice') return choiceOf(expression.branches.map((branch) => analyse(branch, positions)));
  if (expression.kind === 'sequence') {
    return expression.parts.map((part) => analyse(part, positions)).reduce(joined, EMPTY);
  }
  if (positions.length >= MAX_POSITIONS) {
    throw new PatternError(`is longer than ${MAX_POSITIONS} characters with its repeats written out; use maxLength`);
  }
  const position: Position = { of: expression.of, follow: new Set() };
  positions.push(position);
  return { isNullable: false, first: [position], last: [position] };
}

function joined(before: Analysis, after: Analysis): Analysis {
  link(before.last, after.first);
  return {
    isNullable: before.isNullable && after.isNullable,
    first: before.isNullable ? [...before.first, ...after.first] : before.first,
    last: after.isNullable ? [...before.last, ...after.last] : after.last,
  };
}

function choiceOf(branches: readonly Analysis[]): Analysis {
  if (branches.filter(({ isNullable }) => isNullable).length > 1) throw new PatternError(AMBIGUOUS);
  return {
    isNullable: branches.some(({ isNullable }) => isNullable),
    first: branches.flatMap(({ first }) => first),
    last: branches.flatMap(({ last }) => last),
  };
}

/** `a{2,4}` as `aa(a(a)?)?`, `a{2,}` as `aa+`. */
function repeated({ part, min, max }: Expression & { kind: 'repeat' }, positions: Position[]): Analysis {
  if (max === 0) return EMPTY;
  const copy = (): Analysis => {
    const once = analyse(part, positions);
    if (once.isNullable) throw new PatternError(`${AMBIGUOUS}; what is repeated must not be empty`);
    return once;
  };
  if (max === Infinity) {
    const needed = Array.from({ length: Math.max(min, 1) }, copy);
    const looping = needed.at(-1) ?? EMPTY;
    link(looping.last, looping.first);
    const all = needed.reduce(joined, EMPTY);
    return min === 0 ? { ...all, isNullable: true } : all;
  }
  const copies = Array.from({ length: max }, copy);
  const optional = copies
    .slice(min)
    .reduceRight((after, once) => ({ ...joined(once, after), isNullable: true }), EMPTY);
  return joined(copies.slice(0, min).reduce(joined, EMPTY), optional);
}

/** @throws {PatternError} where there is a way from one to the other already: then there would be two. */
function link(before: readonly Position[], after: readonly Position[]): void {
  for (const { follow } of before) {
    for (const position of after) {
      if (follow.has(position)) throw new PatternError(AMBIGUOUS);
      follow.add(position);
    }
  }
}
