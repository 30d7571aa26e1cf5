import type { JsonObject } from '../event-envelope.ts';
import { refusal, type Validated } from '../problems.ts';
import { type Check, type Finding, Steps, StepsExhaustedError } from './schema/check.ts';

/** Enough for a small event whatever its schema. */
const STEPS = 5_000;
/** What each value of the data may take beyond that: eight schemas held against each. */
const STEPS_A_VALUE = 8;
/** Characters of a text that count as a value: long ones take longer to match. */
const CHARACTERS_A_VALUE = 4;

/**
 * Holds `data` against a registered type's schema. What may be done is in proportion to the size of `data`, whatever the
 * schema: more than that refuses the event, so that no schema can hold up other tenants' events.
 *
 * @returns the first finding, by field. Never throws, where `data` is not nested too deep for the stack.
 */
export function checkData(data: JsonObject, check: Check): Validated<JsonObject> {
  let found: Finding | undefined;
  try {
    found = check(data, new Steps(STEPS + STEPS_A_VALUE * valuesIn(data)));
  } catch (error) {
    if (!(error instanceof StepsExhaustedError)) throw error;
    return refusal('invalid_event', 'data', 'takes too many steps to be checked against its schema');
  }
  return found === undefined
    ? { ok: true, value: data }
    : refusal('invalid_event', ['data', ...found.path].join('.'), found.reason);
}

function valuesIn(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / CHARACTERS_A_VALUE;
  if (typeof value !== 'object' || value === null) return 1;
  let values = 1;
  for (const child of Object.values(value)) values += valuesIn(child);
  return values;
}
