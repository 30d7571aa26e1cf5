/** A value that would not be stored as it was sent. */
export interface Inexact {
  /** Where it is within its item, dotted. */
  readonly path: string;
  readonly reason: string;
}

/** By the item's place in its list. */
export type InexactItems = ReadonlyMap<number, Inexact>;

export const ALL_EXACT: InexactItems = new Map();

/**
 * Text without a match has only exponents of at most two digits: numbers within the range of doubles, where their digits are few. A
 * match may be within a string. What is rare comes first, then what has to stand before it.
 */
const MAY_BE_INFINITE = /\d[eE]\+?\d{3}(?<=[[,:\s]-?\d[\d.]*[eE]\+?\d{3})/;

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
 * Whether JSON may hold what would not be stored as it was sent: an integer that would be written with other digits, a number beyond
 * the range of doubles, or text with half a surrogate pair, which UTF-8 cannot represent and BigQuery does not take. False is
 * certain.
 *
 * @param text the same as `bytes`
 */
export function mayBeInexact(bytes: Uint8Array, text: string): boolean {
  return (
    hasLongNumber(bytes) || MAY_BE_INFINITE.test(text) || (text.includes(String.raw`\u`) && MAY_BE_UNPAIRED.test(text))
  );
}

const LONG_DIGITS = 16;

/** Integers below 9e15, which all have a double of their own, have fewer than 16 digits, or 16 that begin with less than 9. */
function hasLongNumber(bytes: Uint8Array): boolean {
  const stride = LONG_DIGITS / 2;
  const end = bytes.length - stride;
  // So many digits in a row cover two neighbouring steps.
  for (let at = 0; at < end; at += stride) {
    if (((bytes[at] as number) - 0x30) >>> 0 > 9 || ((bytes[at + stride] as number) - 0x30) >>> 0 > 9) continue;
    let first = at;
    while (isDigit(bytes[first - 1])) first--;
    let next = at + 1;
    while (isDigit(bytes[next])) next++;
    const digits = next - first;
    if (digits < LONG_DIGITS) continue;
    const isLong = digits > LONG_DIGITS || bytes[first] === 0x39;
    if (isLong && beginsNumber(bytes[bytes[first - 1] === 0x2d ? first - 2 : first - 1])) return true;
    at = next - (next % stride);
  }
  return false;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte <= 0x39 && byte >= 0x30;
}

/** Whether a number may follow: a comma, a colon, an opening bracket, or space. */
function beginsNumber(byte: number | undefined): boolean {
  return byte === 0x2c || byte === 0x3a || byte === 0x5b || (byte !== undefined && byte <= 0x20);
}

/** Something inexact within a container: under `key`, or deeper, where there is a `next`. */
interface Found {
  readonly key: string;
  readonly next: Found | undefined;
  readonly levels: number;
  readonly reason: string;
}

/** An object or array that is being looked through. */
interface Container {
  readonly isList: boolean;
  /** In a list, of the element; in an object, where its name is. */
  index: number;
  nameEnd: number;
  isName: boolean;
  /** By name; one that comes again takes the place of the first. In lists, by index. */
  readonly found: Map<string, Found>;
}

/**
 * Finds of each item the least deep value that would not be stored as it was sent, by looking through the tokens. Digits of a fraction
 * beyond double precision are rounded, as every reader of JSON does. Of a name that comes twice the last value counts
 * (ECMA-404 leaves it open), here as in whatever is done with the result.
 *
 * @param bytes valid JSON, in UTF-8
 * @param listDepth at which the list of items is: 0 where the whole is the item, which then has the place 0
 */
export function findInexact(bytes: Buffer, listDepth: number): InexactItems {
  const items = new Map<number, Inexact>();
  const open: Container[] = [];
  let at = 0;

  const nameOf = (start: number, end: number): string => JSON.parse(bytes.toString('utf8', start, end)) as string;

  function note(container: Container, key: string, found: Omit<Found, 'key'>): void {
    const before = container.found.get(key);
    if (before === undefined || found.levels < before.levels) {
      container.found.set(key, { ...found, key: key.toWellFormed() });
    }
  }

  /** Where the value that has just been read is. */
  function keyIn(container: Container): string {
    return container.isList ? String(container.index) : nameOf(container.index, container.nameEnd);
  }

  function noteValue(reason: string): void {
    const container = open.at(-1);
    if (container !== undefined) note(container, keyIn(container), { next: undefined, levels: 1, reason });
  }

  function close(): void {
    const container = open.pop();
    if (container === undefined) return;
    if (open.length === listDepth - 1) {
      items.clear();
      for (const [index, { next }] of container.found)
        if (next !== undefined) items.set(Number(index), inexactOf(next));
      return;
    }
    if (container.found.size === 0) return;
    const next = leastDeep(container.found);
    const parent = open.at(-1);
    if (parent !== undefined) note(parent, keyIn(parent), { next, levels: next.levels + 1, reason: next.reason });
    else if (listDepth === 0) items.set(0, inexactOf(next));
  }

  function readText(): void {
    const start = at;
    let hasSurrogate = false;
    for (at++; bytes[at] !== 0x22; at++) {
      if (bytes[at] !== 0x5c) continue;
      at++;
      hasSurrogate ||= bytes[at] === 0x75 && (bytes[at + 1] === 0x64 || bytes[at + 1] === 0x44);
    }
    at++;
    const container = open.at(-1);
    const isUnpaired = hasSurrogate && !nameOf(start, at).isWellFormed();
    if (container?.isName !== true) {
      if (isUnpaired) noteValue(UNPAIRED_SURROGATE);
      return;
    }
    container.isName = false;
    container.index = start;
    container.nameEnd = at;
    if (container.found.size > 0) container.found.delete(nameOf(start, at));
    if (isUnpaired) noteValue(UNPAIRED_SURROGATE);
  }

  function readNumber(): void {
    const start = at;
    while (isOfNumber(bytes[at])) at++;
    const source = bytes.toString('latin1', start, at);
    if (!survives(Number(source), source)) noteValue(INEXACT_NUMBER);
  }

  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (byte === 0x22) readText();
    else if (byte === 0x2d || isDigit(byte)) readNumber();
    else {
      at++;
      if (byte === 0x7b || byte === 0x5b) {
        const isList = byte === 0x5b;
        open.push({ isList, index: 0, nameEnd: 0, isName: !isList, found: new Map() });
      } else if (byte === 0x7d || byte === 0x5d) close();
      else if (byte === 0x2c) {
        const container = open.at(-1);
        if (container?.isList === true) container.index++;
        else if (container !== undefined) container.isName = true;
      }
    }
  }
  return items;
}

function isOfNumber(byte: number | undefined): boolean {
  return isDigit(byte) || byte === 0x2e || byte === 0x2d || byte === 0x2b || byte === 0x65 || byte === 0x45;
}

function leastDeep(found: ReadonlyMap<string, Found>): Found {
  return [...found.values()].reduce((least, each) => (each.levels < least.levels ? each : least));
}

function inexactOf(found: Found): Inexact {
  const keys: string[] = [];
  for (let each: Found | undefined = found; each !== undefined; each = each.next) keys.push(each.key);
  return { path: keys.join('.'), reason: found.reason };
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
