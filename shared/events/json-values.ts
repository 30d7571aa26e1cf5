import { outlineOf } from './json-outline.ts';

const IN_ONE_PIECE = { values: Infinity, bytes: Infinity };

/**
 * How many values JSON holds: every object, list, text, number, `true`, `false` and `null`, at any depth, keys aside. It is exact
 * up to `most`, and more than `most` where there are more. Found without parsing: an empty object takes two bytes of text, and
 * thirty times as many once it is parsed. Of what is not JSON it tells nothing that matters: it will not parse.
 */
export function valuesIn(json: Uint8Array, most: number): number {
  return outlineOf(json, { listDepth: 0, maxValues: most, piece: IN_ONE_PIECE }).values;
}

/** Whether JSON holds more than `most` values, as {@link valuesIn} counts them. */
export function hasMoreValuesThan(json: Uint8Array, most: number): boolean {
  // The shortest value is a digit, and a comma parts it from the next.
  return json.length > 2 * most && valuesIn(json, most) > most;
}

/** How many values parsed JSON holds, itself included, as {@link valuesIn} counts them. */
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
