import { CLASS_ESCAPES, type CodePoints, complementOf, NOT_A_LINE_END, unionOf } from './code-points.ts';

/** What a regular expression is made of. */
export type Expression =
  | { readonly kind: 'one'; readonly of: CodePoints }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly branches: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly part: Expression; readonly min: number; readonly max: number };

/** The pattern is not one that is allowed. The message says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

const CONTROL_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
const SYNTAX = new Set('^$\\.*+?()[]{}|/-');

/**
 * Reads the part of ECMAScript's regular expressions that patterns may be made of: characters, classes, groups, `|` and
 * quantifiers, between `^` and, if need be, `$`. Not: assertions, references, lazy quantifiers, `\p`, `\b`.
 *
 * @throws {PatternError}
 * @see https://262.ecma-international.org/15.0/#sec-patterns
 */
export function parsePattern(pattern: string): Expression {
  if (!pattern.startsWith('^'))
    throw new PatternError('must begin with ^: elsewhere it could be looked for everywhere');
  const characters = Array.from(pattern);
  const isClosed = characters.at(-1) === '$' && characters.at(-2) !== '\\';
  return new Parser(characters.slice(1, isClosed ? -1 : undefined)).read();
}

class Parser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(characters: readonly string[]) {
    this.#characters = characters;
  }

  read(): Expression {
    const expression = this.#choice(true);
    if (this.#at < this.#characters.length) throw new PatternError('has a ) without a (');
    return expression;
  }

  #choice(isWhole: boolean): Expression {
    const branches = [this.#sequence()];
    while (this.#take('|')) branches.push(this.#sequence());
    if (branches.length === 1 && branches[0] !== undefined) return branches[0];
    if (isWhole) throw new PatternError('must have ( ) around its alternatives, or ^ and $ belong to one of them');
    return { kind: 'choice', branches };
  }

  #sequence(): Expression {
    const parts: Expression[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#quantified(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #quantified(part: Expression): Expression {
    const bounds = this.#quantifier();
    if (bounds === undefined) return part;
    if (this.#peek() === '?') throw new PatternError('has a lazy quantifier');
    if (bounds.max < bounds.min) throw new PatternError('has a quantifier whose bounds are the wrong way round');
    return { kind: 'repeat', part, ...bounds };
  }

  #quantifier(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (!this.#take('{')) return undefined;
    const min = this.#number();
    let max = min;
    if (this.#take(',')) max = this.#peek() === '}' ? Infinity : this.#number();
    if (!this.#take('}')) throw new PatternError('has a { that is no quantifier; write \\{');
    return { min, max };
  }

  #number(): number {
    let digits = '';
    while (/^\d$/.test(this.#peek() ?? '')) digits += this.#next();
    if (digits === '' || digits.length > 4) throw new PatternError('has a { that is no quantifier; write \\{');
    return Number(digits);
  }

  #atom(): Expression {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return { kind: 'one', of: this.#class() };
    if (character === '.') return { kind: 'one', of: NOT_A_LINE_END };
    if (character === '\\') return { kind: 'one', of: this.#escape() };
    if (SYNTAX.has(character) && character !== '-' && character !== '/') {
      throw new PatternError(`has a ${character} where none can be`);
    }
    return { kind: 'one', of: only(character) };
  }

  #group(): Expression {
    if (this.#take('?') && !this.#take(':')) throw new PatternError('has a group that is neither ( ) nor (?: )');
    const inner = this.#choice(false);
    if (!this.#take(')')) throw new PatternError('has a ( without a )');
    return inner;
  }

  #class(): CodePoints {
    const isNegated = this.#take('^');
    const parts: CodePoints[] = [];
    while (!this.#take(']')) {
      const first = this.#classMember();
      if (this.#peek() !== '-' || this.#characters[this.#at + 1] === ']') {
        parts.push(first);
        continue;
      }
      this.#next();
      const last = this.#classMember();
      const [from, to] = [singleOf(first), singleOf(last)];
      if (from === undefined || to === undefined || to < from) throw new PatternError('has a class with a bad range');
      parts.push([[from, to]]);
    }
    const union = unionOf(parts);
    return isNegated ? complementOf(union) : union;
  }

  #classMember(): CodePoints {
    const character = this.#next();
    return character === '\\' ? this.#escape() : only(character);
  }

  #escape(): CodePoints {
    const letter = this.#next();
    const classOf = Object.hasOwn(CLASS_ESCAPES, letter) ? CLASS_ESCAPES[letter] : undefined;
    if (classOf !== undefined) return classOf;
    const control = Object.hasOwn(CONTROL_ESCAPES, letter) ? CONTROL_ESCAPES[letter] : undefined;
    if (control !== undefined) return [[control, control]];
    if (SYNTAX.has(letter)) return only(letter);
    throw new PatternError(`has \\${letter}, which is not supported`);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw new PatternError('ends too early');
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

function only(character: string): CodePoints {
  const point = character.codePointAt(0) ?? 0;
  return [[point, point]];
}

function singleOf(points: CodePoints): number | undefined {
  const [range, ...others] = points;
  return range !== undefined && others.length === 0 && range[0] === range[1] ? range[0] : undefined;
}
