/** Neighbouring items of a list, to be parsed in one go. */
export interface Piece {
  /** What is between the bracket, or comma, before its first item and the one behind its last. */
  readonly start: number;
  readonly end: number;
  readonly items: number;
  readonly values: number;
}

/** What is known of JSON before it is parsed. */
export interface Outline {
  /**
   * Objects, arrays, texts, numbers, true, false and null, at whatever depth; the names of members are not counted. Where it
   * turns out to be no JSON, at least as many as are parsed before it does.
   */
  readonly values: number;
  /** The first list at the depth asked for; undefined where there is none. */
  readonly list: { readonly start: number; readonly end: number; readonly pieces: readonly Piece[] } | undefined;
}

export interface OutlineOptions {
  /** How deep the list is whose items are told apart: 1 is the outermost. 0: none is looked for. */
  readonly listDepth: number;
  /** Beyond so many values it looks no further. */
  readonly maxValues: number;
  /** A piece has no more than that, unless it is a single item. */
  readonly piece: { readonly values: number; readonly bytes: number };
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const NO_WORDS = new Int32Array();

/** Bytes that an outline is made of, by value: all others are passed over after one look. */
const TELLS = new Uint8Array(256);
for (const byte of [QUOTE, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT]) TELLS[byte] = 1;

/**
 * At least as many values as JSON has: commas and opening brackets, those within texts among them. Four bytes at a time, which takes
 * a tenth of what parsing does.
 *
 * @see https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
 */
export function atMostValues(bytes: Uint8Array): number {
  const aligned = Math.min(-bytes.byteOffset & 3, bytes.length);
  const wordCount = (bytes.length - aligned) >> 2;
  const words = wordCount > 0 ? new Int32Array(bytes.buffer, bytes.byteOffset + aligned, wordCount) : NO_WORDS;
  let count = 1;
  for (let at = 0; at < words.length;) {
    // Each of a word's bytes counts by itself, up to 255.
    let counts = 0;
    for (const end = Math.min(words.length, at + 255); at < end; at++) {
      const word = words[at] as number;
      const commas = word ^ 0x2c2c2c2c;
      // An opening bracket and an opening brace differ in one bit.
      const brackets = (word | 0x20202020) ^ 0x7b7b7b7b;
      const isZero = ((commas - 0x01010101) & ~commas) | ((brackets - 0x01010101) & ~brackets);
      counts = (counts + ((isZero >>> 7) & 0x01010101)) | 0;
    }
    count += (counts & 0xff) + ((counts >>> 8) & 0xff) + ((counts >>> 16) & 0xff) + (counts >>> 24);
  }
  for (let at = 0; at < aligned; at++) count += mayBegin(bytes[at]);
  for (let at = aligned + 4 * words.length; at < bytes.length; at++) count += mayBegin(bytes[at]);
  return count;
}

/** How many values a byte may stand before. */
function mayBegin(byte: number | undefined): number {
  return byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT ? 1 : 0;
}

/**
 * Counts the values of JSON, and finds where a list can be cut into pieces, without parsing it: in a fifth of the time, and in no
 * memory to speak of.
 *
 * @param bytes UTF-8
 */
export function outlineOf(bytes: Uint8Array, { listDepth, maxValues, piece }: OutlineOptions): Outline {
  const end = bytes.length;
  let pieces: Pieces | undefined;
  let listEnd = end;
  // An empty object or list counts as one too many until it is closed.
  const mostMet = maxValues + 1;
  let depth = 0;
  /** The depth of the list while it is being looked through. */
  let within = -1;
  let values = 1;
  /** Behind a bracket that was opened, until one is closed. */
  let opened = -1;
  let at = 0;
  for (;;) {
    while (at < end && TELLS[bytes[at] as number] === 0) at++;
    if (at >= end) break;
    const byte = bytes[at] as number;
    at++;
    if (byte === QUOTE) {
      let inside = 0;
      while (at < end && (inside = bytes[at] as number) !== QUOTE) {
        at++;
        if (inside === BACKSLASH) at++;
      }
      at++;
    } else if (byte === COMMA) {
      if (depth === within) pieces?.add(at, values);
      if (++values > mostMet) break;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth++;
      opened = at;
      if (depth === listDepth && byte === OPEN_LIST && pieces === undefined) {
        within = depth;
        pieces = new Pieces(piece, at, values);
      }
      if (++values > mostMet) break;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      if (opened !== -1 && isBlank(bytes, opened, at - 1)) values--;
      opened = -1;
      if (depth === within) {
        pieces?.end(at, values);
        listEnd = at - 1;
        within = -1;
      }
      // No JSON beyond here.
      if (--depth < 0) break;
    }
  }
  if (within !== -1) pieces?.end(end + 1, values);
  return { values, list: pieces && { start: pieces.from, end: listEnd, pieces: pieces.all } };
}

/** Puts the items of a list together to pieces. */
class Pieces {
  readonly from: number;
  readonly all: Piece[] = [];
  readonly #bounds: OutlineOptions['piece'];
  #start: number;
  #items = 0;
  #values = 0;
  #itemStart: number;
  /** How many there were before the item. */
  #valuesBefore: number;

  constructor(bounds: OutlineOptions['piece'], from: number, valuesBefore: number) {
    this.#bounds = bounds;
    this.from = from;
    this.#start = from;
    this.#itemStart = from;
    this.#valuesBefore = valuesBefore;
  }

  /** An item has ended; what follows the comma, or bracket, begins at `next`. */
  add(next: number, valuesUntilNow: number): void {
    const values = valuesUntilNow - this.#valuesBefore;
    const isMore = this.#values + values > this.#bounds.values || next - 1 - this.#start > this.#bounds.bytes;
    if (isMore && this.#items > 0) this.#cut(this.#itemStart);
    this.#items++;
    this.#values += values;
    this.#itemStart = next;
    this.#valuesBefore = valuesUntilNow;
  }

  /** The list has ended. */
  end(next: number, valuesUntilNow: number): void {
    if (valuesUntilNow > this.#valuesBefore) this.add(next, valuesUntilNow);
    if (this.#items > 0) this.#cut(next);
  }

  #cut(next: number): void {
    this.all.push({ start: this.#start, end: next - 1, items: this.#items, values: this.#values });
    this.#start = next;
    this.#items = 0;
    this.#values = 0;
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && isBlankByte(bytes[at])) at++;
  return at === end;
}

/** @see https://www.rfc-editor.org/rfc/rfc8259#section-2 */
export function isBlankByte(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
