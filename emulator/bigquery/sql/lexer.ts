import { invalidQuery } from '../errors.ts';

/** The statement with every string and bytes literal taken out. */
export interface Lexed {
  /** What the parser gets: a literal that only {@link literalIndex} can read stands for each. Comments are gone. */
  sql: string;
  literals: (string | Buffer)[];
}

/** From the private use area: what a statement has no business with. */
const MARK = '\u{E000}';

/** Which of the literals taken out a parsed string stands for; undefined for one that was never in the statement. */
export function literalIndex(text: string): number | undefined {
  return text.length > 2 && text.startsWith(MARK) && text.endsWith(MARK) ? Number(text.slice(1, -1)) : undefined;
}

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const PREFIXED = /(r|b|rb|br)?("""|'''|"|')/iy;

/**
 * Reads BigQuery's literals itself, because the parser does not know all of their escapes: what a string holds must not
 * depend on it.
 *
 * @see https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
 * @throws BigQueryError invalidQuery
 */
export function takeLiterals(source: string): Lexed {
  if (source.includes(MARK)) throw invalidQuery('Syntax error: Illegal input character U+E000');
  const literals: (string | Buffer)[] = [];
  let sql = '';
  let at = 0;
  let afterLiteral = false;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  while (at < source.length) {
    const comment = match(/(?:--|#)[^\n]*|\/\*[\s\S]*?\*\//y);
    if (comment !== null) {
      sql += ' ';
      at += comment[0].length;
      continue;
    }
    const quote = match(PREFIXED);
    if (quote !== null) {
      if (afterLiteral) throw invalidQuery('Syntax error: concatenated string literals need to be separated by ||');
      const prefix = (quote[1] ?? '').toLowerCase();
      const { value, end } = readLiteral(source, at + quote[0].length, quote[2] ?? '', prefix);
      sql += ` '${MARK}${literals.push(value) - 1}${MARK}' `;
      at = end;
      afterLiteral = true;
      continue;
    }
    const kept = match(/`(?:[^`\\]|\\.)*`|\s+/y) ?? match(WORD);
    const text = kept?.[0] ?? source.charAt(at);
    if (text === '`') throw invalidQuery('Syntax error: Unclosed identifier literal');
    if (text.trim() !== '') afterLiteral = false;
    sql += text;
    at += text.length;
  }
  return { sql, literals };
}

function readLiteral(
  source: string,
  start: number,
  quote: string,
  prefix: string,
): { value: string | Buffer; end: number } {
  const raw = prefix.includes('r');
  const bytes = prefix.includes('b');
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    if (at >= source.length || (quote.length === 1 && source[at] === '\n')) {
      throw invalidQuery('Syntax error: Unclosed string literal');
    }
    if (source.startsWith(quote, at)) break;
    if (source[at] !== '\\') {
      const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
      parts.push(Buffer.from(character));
      at += character.length;
      continue;
    }
    if (raw) {
      parts.push(Buffer.from(source.slice(at, at + 2)));
      at += 2;
      continue;
    }
    const { value, length } = readEscape(source, at, bytes);
    parts.push(value);
    at += length;
  }
  const value = Buffer.concat(parts);
  return { value: bytes ? value : value.toString('utf8'), end: at + quote.length };
}

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  '?': 63,
  '"': 34,
  "'": 39,
  '`': 96,
};

function readEscape(source: string, at: number, bytes: boolean): { value: Buffer; length: number } {
  const escape = source.slice(at + 1, at + 11);
  const simple = SIMPLE[escape.charAt(0)];
  if (simple !== undefined) return { value: Buffer.from([simple]), length: 2 };
  const code = /^(?:[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(escape);
  if (code === null) throw invalidQuery(`Syntax error: Illegal escape sequence: \\${escape.charAt(0)}`);
  const length = code[0].length + 1;
  const point =
    code[2] === undefined ? Number.parseInt(code[1] ?? code[3] ?? code[4] ?? '', 16) : Number.parseInt(code[2], 8);
  if (bytes) {
    if (code[3] !== undefined || code[4] !== undefined) {
      throw invalidQuery(
        'Syntax error: Illegal escape sequence: Unicode escape sequence cannot be used in bytes literals',
      );
    }
    return { value: Buffer.from([point]), length };
  }
  if (point > 0x10_ff_ff || (point >= 0xd8_00 && point <= 0xdf_ff)) {
    throw invalidQuery(`Syntax error: Illegal escape sequence: \\${code[0]}`);
  }
  return { value: Buffer.from(String.fromCodePoint(point)), length };
}
