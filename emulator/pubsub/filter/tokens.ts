import { invalidArgument } from '../protocol/status.ts';

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'symbol'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number };

const SPACE = /\s+/y;
const WORD = /[A-Za-z0-9_][A-Za-z0-9_-]*/y;
const SYMBOL = /!=|[=:.(),-]/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"/y;
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|(.))/g;
const LETTER_ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  "'": "'",
  '`': '`',
  '?': '?',
  '\\': '\\',
};

/** Splits a filter into its tokens. @throws StatusError INVALID_ARGUMENT with the position of what is none */
export function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(filter)?.[0];
  };
  while (at < filter.length) {
    const space = take(SPACE);
    if (space) {
      at += space.length;
      continue;
    }
    const word = take(WORD);
    const string = word ? undefined : take(STRING);
    const text = word ?? string ?? take(SYMBOL);
    if (!text) throw filterError(at, `unexpected "${filter.charAt(at)}"`);
    if (word) tokens.push({ kind: 'word', text, at });
    else if (string) tokens.push({ kind: 'string', text: unescape(text, at), at });
    else tokens.push({ kind: 'symbol', text, at });
    at += text.length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

/** Over REST and gRPC alike the message tells where in the filter the fault is. */
export const filterError = (at: number, what: string): Error =>
  invalidArgument(`Invalid filter: ${what} at position ${at}.`);

function unescape(quoted: string, at: number): string {
  return quoted
    .slice(1, -1)
    .replaceAll(ESCAPE, (all, u4?: string, u8?: string, x?: string, octal?: string, letter?: string) => {
      const hex = u4 ?? u8 ?? x;
      const code = hex ? Number.parseInt(hex, 16) : octal ? Number.parseInt(octal, 8) : undefined;
      if (code !== undefined && code <= 0x10_ff_ff) return String.fromCodePoint(code);
      const replaced = LETTER_ESCAPES[letter ?? ''];
      if (replaced === undefined) throw filterError(at, `invalid escape "${all}"`);
      return replaced;
    });
}
