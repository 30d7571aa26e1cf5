import type { JsonSchema } from '#shared/events/json-schema.ts';

const LOWER = ['minLength', 'minItems', 'minProperties'];
const UPPER = ['maxLength', 'maxItems', 'maxProperties'];

/** Keywords of `after` that set a bound which `before` does not keep. */
export function boundsBroken(before: JsonSchema, after: JsonSchema): string[] {
  const minimum = lowerLimit(before);
  const maximum = upperLimit(before);
  return [
    ...LOWER.filter(
      (keyword) => after[keyword] !== undefined && !(numberIn(before, keyword, -Infinity) >= Number(after[keyword])),
    ),
    ...UPPER.filter(
      (keyword) => after[keyword] !== undefined && !(numberIn(before, keyword, Infinity) <= Number(after[keyword])),
    ),
    ...(isBelow(minimum, lowerLimit(after)) ? ['minimum'] : []),
    ...(isBelow(upperLimit(after), maximum) ? ['maximum'] : []),
  ];
}

/** A number's limit. Of two at the same place, the one of the higher `side` is further up the line. */
interface Limit {
  readonly at: number;
  /** -1: up to, but not, `at`. 0: `at` itself. 1: from `at` on, but not `at`. */
  readonly side: -1 | 0 | 1;
}

function lowerLimit(schema: JsonSchema): Limit {
  const inclusive: Limit = { at: numberIn(schema, 'minimum', -Infinity), side: 0 };
  const exclusive: Limit = { at: numberIn(schema, 'exclusiveMinimum', -Infinity), side: 1 };
  return isBelow(inclusive, exclusive) && exclusive.at !== -Infinity ? exclusive : inclusive;
}

function upperLimit(schema: JsonSchema): Limit {
  const inclusive: Limit = { at: numberIn(schema, 'maximum', Infinity), side: 0 };
  const exclusive: Limit = { at: numberIn(schema, 'exclusiveMaximum', Infinity), side: -1 };
  return isBelow(exclusive, inclusive) && exclusive.at !== Infinity ? exclusive : inclusive;
}

function isBelow(a: Limit, b: Limit): boolean {
  return a.at < b.at || (a.at === b.at && a.side < b.side);
}

function numberIn(schema: JsonSchema, keyword: string, absent: number): number {
  const value = schema[keyword];
  return typeof value === 'number' ? value : absent;
}
