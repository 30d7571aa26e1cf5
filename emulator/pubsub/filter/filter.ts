import { filterError, type Token, tokenize } from './tokens.ts';
import { invalidArgument } from '../protocol/status.ts';

export type Attributes = Readonly<Record<string, string>>;

/** Whether a message with these attributes is delivered; the others are acknowledged in its subscriber's name. */
export type Filter = (attributes: Attributes) => boolean;

const MAX_FILTER_BYTES = 256;

/**
 * Compiles a subscription's filter: `attributes:key`, `attributes.key = "value"`, `attributes.key != "value"` (true as
 * well where the key is missing), `hasPrefix(attributes.key, "prefix")`, combined by AND, OR, NOT (or `-`) and
 * parentheses. AND and OR side by side need parentheses.
 * @throws StatusError INVALID_ARGUMENT
 * @see https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax
 */
export function parseFilter(filter: string): Filter {
  const bytes = Buffer.byteLength(filter);
  if (bytes > MAX_FILTER_BYTES) {
    throw invalidArgument(`Invalid filter: it is ${bytes} bytes long; at most ${MAX_FILTER_BYTES} are allowed.`);
  }
  const parser = new Parser(tokenize(filter));
  return parser.parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Filter {
    const filter = this.#expression();
    const rest = this.#peek();
    if (rest.kind !== 'end') throw filterError(rest.at, `unexpected "${rest.text}"`);
    return filter;
  }

  #expression(): Filter {
    const operands = [this.#term()];
    const operator = this.#operator();
    for (let next = operator; next && next === operator; next = this.#operator()) {
      this.#next++;
      operands.push(this.#term());
    }
    if (this.#operator())
      throw filterError(this.#peek().at, 'AND and OR must be combined by parentheses, not side by side');
    const [first] = operands;
    if (operands.length === 1 && first) return first;
    return operator === 'AND'
      ? (attributes) => operands.every((operand) => operand(attributes))
      : (attributes) => operands.some((operand) => operand(attributes));
  }

  #operator(): 'AND' | 'OR' | undefined {
    const { kind, text } = this.#peek();
    return kind === 'word' && (text === 'AND' || text === 'OR') ? text : undefined;
  }

  #term(): Filter {
    if (this.#takeIf('word', 'NOT') || this.#takeIf('symbol', '-')) {
      const negated = this.#term();
      return (attributes) => !negated(attributes);
    }
    if (this.#takeIf('symbol', '(')) {
      const inner = this.#expression();
      this.#take('symbol', ')');
      return inner;
    }
    if (this.#takeIf('word', 'hasPrefix')) return this.#hasPrefix();
    return this.#comparison();
  }

  #hasPrefix(): Filter {
    this.#take('symbol', '(');
    this.#take('word', 'attributes');
    this.#take('symbol', '.');
    const key = this.#key();
    this.#take('symbol', ',');
    const prefix = this.#take('string').text;
    this.#take('symbol', ')');
    return (attributes) => valueOf(attributes, key)?.startsWith(prefix) ?? false;
  }

  #comparison(): Filter {
    this.#take('word', 'attributes');
    if (this.#takeIf('symbol', ':')) {
      const key = this.#key();
      return (attributes) => valueOf(attributes, key) !== undefined;
    }
    this.#take('symbol', '.');
    const key = this.#key();
    const isEqual = this.#takeIf('symbol', '=');
    if (!isEqual) this.#take('symbol', '!=');
    const value = this.#take('string').text;
    return (attributes) => (valueOf(attributes, key) === value) === isEqual;
  }

  #key(): string {
    const token = this.#peek();
    if (token.kind !== 'word' && token.kind !== 'string') throw filterError(token.at, 'an attribute key is expected');
    this.#next++;
    return token.text;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  #takeIf(kind: Token['kind'], text: string): boolean {
    const token = this.#peek();
    const isNext = token.kind === kind && token.text === text;
    if (isNext) this.#next++;
    return isNext;
  }

  #take(kind: Token['kind'], text?: string): Token {
    const token = this.#peek();
    if (token.kind !== kind || (text !== undefined && token.text !== text)) {
      throw filterError(token.at, `${text === undefined ? `a ${kind}` : `"${text}"`} is expected`);
    }
    this.#next++;
    return token;
  }
}

const valueOf = (attributes: Attributes, key: string): string | undefined =>
  Object.hasOwn(attributes, key) ? attributes[key] : undefined;
