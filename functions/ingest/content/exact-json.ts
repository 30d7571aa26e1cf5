/** Objects and arrays that hold a number which would be stored as another one, each with the key of the first. */
type InexactNumbers = ReadonlyMap<object, string>;

/** A parsed body. */
export interface ExactJson {
  readonly json: unknown;
  readonly inexact: InexactNumbers;
}

const NONE: InexactNumbers = new Map();

/**
 * Text without a match has only numbers that survive: integers below 9e15, and exponents of at most two digits. A match
 * may be within a string; then a slower parse finds nothing.
 */
const MAY_BE_INEXACT = /[[,:\s]-?(?:9\d{15}|\d{17}|[\d.]+[eE]\+?\d{3})/;

const INTEGER = /^-?\d+$/;
const WITH_EXPONENT = /^(-?\d)(?:\.(\d+))?e\+(\d+)$/;

/**
 * Parses JSON, and notes the numbers that do not survive as doubles: an integer that would be written with other digits,
 * and whatever is beyond their range. Digits of a fraction beyond double precision are rounded, as every reader of JSON
 * does.
 *
 * @throws SyntaxError where it is not JSON; RangeError where it is nested too deeply to be looked through.
 */
export function parseExactly(text: string): ExactJson {
  if (!MAY_BE_INEXACT.test(text)) return { json: JSON.parse(text), inexact: NONE };
  const inexact = new Map<object, string>();
  function note(this: object, key: string, value: unknown, context?: { readonly source?: string }): unknown {
    if (typeof value === 'number' && !survives(value, context?.source ?? '') && !inexact.has(this)) {
      inexact.set(this, key);
    }
    return value;
  }
  return { json: JSON.parse(text, note), inexact };
}

/** The path, dotted, of a number within `item` that does not survive; one of the least deep. */
export function pathOfInexact(item: unknown, inexact: InexactNumbers): string | undefined {
  if (inexact.size === 0 || !isContainer(item)) return undefined;
  const reached: Reached[] = [{ container: item, key: '', parent: undefined }];
  for (const each of reached) {
    const key = inexact.get(each.container);
    if (key !== undefined) return pathTo(each, key);
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
