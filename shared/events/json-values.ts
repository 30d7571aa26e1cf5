const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACE = 0x20;

/**
 * Whether JSON holds more than `most` values: every object, list, text, number, `true`, `false` and `null`, at any depth, keys
 * aside. Found by a scan, without parsing: an empty object takes two bytes of text, and thirty times as many once it is parsed.
 * Of what is not JSON it tells nothing that matters: it will not parse.
 */
export function hasMoreValuesThan(json: Uint8Array, most: number): boolean {
  // The shortest value is a digit, and a comma parts it from the next.
  if (json.length <= 2 * most) return false;
  let values = 1;
  let isOpening = false;
  for (let i = 0; i < json.length; i += 1) {
    const byte = json[i] ?? 0;
    if (byte <= SPACE) continue;
    if (isOpening && byte !== CLOSE_LIST && byte !== CLOSE_OBJECT) values += 1;
    isOpening = byte === OPEN_LIST || byte === OPEN_OBJECT;
    if (byte === COMMA) values += 1;
    else if (byte === QUOTE) i = endOfText(json, i);
    if (values > most) return true;
  }
  return false;
}

/** @returns the index of the quote that ends the text that begins at `start`, or the end where none does. */
function endOfText(json: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== QUOTE) i += json[i] === BACKSLASH ? 2 : 1;
  return i;
}

/** How many values parsed JSON holds, itself included, as {@link hasMoreValuesThan} counts them. */
export function countValues(json: unknown): number {
  const waiting: unknown[] = [json];
  let values = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    values += 1;
    if (typeof value !== 'object' || value === null) continue;
    for (const item of Array.isArray(value) ? value : Object.values(value)) waiting.push(item);
  }
  return values;
}
