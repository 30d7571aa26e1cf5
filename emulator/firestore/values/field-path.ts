import { FirestoreError } from '../errors.ts';
import type { Fields, Value } from '../protocol.ts';

const SEGMENT = /(?:`((?:[^`\\]|\\.)+)`|([^`.~*/[\]]+))(\.|$)/y;

/**
 * `a.b` or ``a.`b.c` `` as its segments.
 *
 * @throws FirestoreError INVALID_ARGUMENT
 */
export function parseFieldPath(path: string): string[] {
  const segments: string[] = [];
  SEGMENT.lastIndex = 0;
  while (SEGMENT.lastIndex < path.length) {
    const match = SEGMENT.exec(path);
    if (match === null) throw new FirestoreError('INVALID_ARGUMENT', `Invalid property path "${path}".`);
    segments.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll(/\\(.)/g, '$1'));
  }
  if (segments.length === 0 || path.endsWith('.')) {
    throw new FirestoreError('INVALID_ARGUMENT', `Invalid property path "${path}".`);
  }
  return segments;
}

/** The value at `path`; undefined where there is none. */
export function getField(fields: Fields, path: readonly string[]): Value | undefined {
  let at: Fields | undefined = fields;
  for (const [depth, segment] of path.entries()) {
    if (at === undefined || !Object.hasOwn(at, segment)) return undefined;
    const value: Value | undefined = at[segment];
    if (depth === path.length - 1) return value;
    at = value?.valueType === 'mapValue' ? value.mapValue.fields : undefined;
  }
  return undefined;
}

/**
 * `fields` with `value` at `path`, or without it where `value` is undefined. What stands in the way and is no map is
 * replaced by one. The input is left as it is; what does not change is shared with it.
 */
export function withField(fields: Fields, path: readonly string[], value: Value | undefined): Fields {
  const [head, ...rest] = path;
  if (head === undefined) return fields;
  if (rest.length === 0) {
    if (value !== undefined) return { ...fields, [head]: value };
    const { [head]: _, ...others } = fields;
    return others;
  }
  const inner = Object.hasOwn(fields, head) ? fields[head] : undefined;
  if (inner?.valueType !== 'mapValue' && value === undefined) return fields;
  const innerFields = inner?.valueType === 'mapValue' ? inner.mapValue.fields : {};
  return {
    ...fields,
    [head]: { valueType: 'mapValue', mapValue: { fields: withField(innerFields, rest, value) } },
  };
}

/** Only what `paths` name. */
export function maskFields(fields: Fields, paths: readonly string[]): Fields {
  let masked: Fields = {};
  for (const path of paths) {
    const segments = parseFieldPath(path);
    const value = getField(fields, segments);
    if (value !== undefined) masked = withField(masked, segments, value);
  }
  return masked;
}
