import { isUtf8 } from 'node:buffer';

/** A value that would not be stored as it was sent. */
export interface Inexact {
  /** Where it is within the object or array that holds it. */
  readonly key: string;
  readonly reason: string;
}

/** Objects and arrays that hold such a value, each with the first of them. */
export type InexactValues = ReadonlyMap<object, Inexact>;

/** Parsed JSON. */
export interface ExactJson {
  readonly json: unknown;
  readonly inexact: InexactValues;
}

const NONE: InexactValues = new Map();

/**
 * Text without a match has only numbers that survive: integers below 9e15, and exponents of at most two digits. A match
 * may be within a string; then a slower parse finds nothing.
 */
const MAY_BE_INEXACT = /[[,:\s]-?(?:9\d{15}|\d{17}|[\d.]+[eE]\+?\d{3})/;

/**
 * Text without a match has only surrogates in pairs. The second backslash of an escaped one may be taken for the first
 * of an escape, which is why two of them before a surrogate are a match, whatever follows.
 */
const MAY_BE_UNPAIRED =
  /\\\\u[dD]|\\u[dD](?:[89abAB][\dA-Fa-f]{2}(?!\\u[dD][c-fC-F])|[c-fC-F][\dA-Fa-f]{2}(?<!\\u[dD][89abAB].{2}\\u.{4}))/;

const INTEGER = /^-?\d+$/;
const WITH_EXPONENT = /^(-?\d)(?:\.(\d+))?e\+(\d+)$/;

const INEXACT_NUMBER = 'a number that cannot be represented exactly; send it as a string';
const UNPAIRED_SURROGATE = 'not well-formed Unicode';

/**
 * Parses JSON, and notes what would not be stored as it was sent: an integer that would be written with other digits, any
 * number beyond the range of doubles, and text with half a surrogate pair, which UTF-8 cannot represent and BigQuery does
 * not take. Digits of a fraction beyond double precision are rounded, as every reader of JSON does. Of a key that comes
 * twice, the last value counts (ECMA-404 leaves it open), here as in whatever is done with the result.
 *
 * @throws SyntaxError where it is not JSON, or nested too deeply to be looked through.
 */
export function parseExactly(text: string): ExactJson {
  if (!MAY_BE_INEXACT.test(text) && !(text.includes(String.raw`\u`) && MAY_BE_UNPAIRED.test(text))) {
    return { json: JSON.parse(text), inexact: NONE };
  }
  const inexact = new Map<object, Inexact>();
  function note(this: object, key: string, value: unknown, context?: { readonly source?: string }): unknown {
    const reason = reasonAgainst(key, value, context?.source ?? '');
    if (reason !== undefined && !inexact.has(this)) inexact.set(this, { key: key.toWellFormed(), reason });
    return value;
  }
  try {
    return { json: JSON.parse(text, note), inexact };
  } catch (error) {
    throw error instanceof RangeError ? new SyntaxError('Nested too deeply', { cause: error }) : error;
  }
}

/**
 * The same from bytes, which have to be UTF-8. A byte order mark before it is ignored (RFC 8259, section 8.1).
 *
 * @throws SyntaxError
 */
export function parseBytesExactly(bytes: Buffer): ExactJson {
  if (!isUtf8(bytes)) throw new SyntaxError('Not valid UTF-8');
  try {
    return parseExactly(bytes.toString('utf8', byteOrderMarkBytes(bytes)));
  } catch (error) {
    throw error instanceof SyntaxError ? new SyntaxError(error.message.replace(EXCERPT, ' in JSON')) : error;
  }
}

/** What V8 quotes of the text: it may be whom it is about, and refusals are kept in logs, the sender's own at least. */
const EXCERPT = /, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s;

/** How many bytes a byte order mark takes at the beginning: 3 or none. */
export function byteOrderMarkBytes(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** The path, dotted, of a value within `item` that would not be stored as it was sent; one of the least deep. */
export function findInexact(
  item: unknown,
  inexact: InexactValues,
): { readonly path: string; readonly reason: string } | undefined {
  if (inexact.size === 0 || !isContainer(item)) return undefined;
  const reached: Reached[] = [{ container: item, key: '', parent: undefined }];
  for (const each of reached) {
    const found = inexact.get(each.container);
    if (found !== undefined) return { path: pathTo(each, found.key), reason: found.reason };
    for (const [name, child] of Object.entries(each.container)) {
      if (isContainer(child)) reached.push({ container: child, key: name, parent: each });
    }
  }
  return undefined;
}

interface Reached {
  readonly container: object;
  readonly key: string;
  readonly parent: Reached | undefined;
}

function pathTo(reached: Reached, key: string): string {
  const keys = [key];
  for (let at = reached; at.parent !== undefined; at = at.parent) keys.push(at.key);
  return keys.toReversed().join('.');
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function reasonAgainst(key: string, value: unknown, source: string): string | undefined {
  if (typeof value === 'number' && !survives(value, source)) return INEXACT_NUMBER;
  return key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed()) ? undefined : UNPAIRED_SURROGATE;
}

function survives(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  return Number.isSafeInteger(value) || !INTEGER.test(source) || inDigits(value) === source;
}

/** As JSON will have it, without an exponent. */
function inDigits(integer: number): string {
  const text = String(integer);
  const [, first, fraction = '', exponent] = WITH_EXPONENT.exec(text) ?? [];
  return first === undefined ? text : first + fraction.padEnd(Number(exponent), '0');
}
