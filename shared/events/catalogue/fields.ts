import { z } from 'zod';
import { Timestamp } from '../timestamp.ts';

const MAX_CHARACTERS = 256;

/** Counts Unicode characters, as JSON Schema does; zod's own `max` counts UTF-16 units. */
const ShortText = z
  .string()
  .min(1, 'must not be empty')
  .check(({ value, issues }) => {
    if (value.length <= MAX_CHARACTERS) return;
    if (value.length > 2 * MAX_CHARACTERS || [...value].length > MAX_CHARACTERS) {
      issues.push({ code: 'custom', input: value, message: `longer than ${MAX_CHARACTERS} characters` });
    }
  })
  .meta({ maxLength: MAX_CHARACTERS });

/** An identifier in the customer's own system. */
export const Id = ShortText;

/** A word from the customer's own vocabulary, such as a status or a reason. */
export const Word = ShortText;

/** An amount of money in the major unit of `currency`. */
export const Amount = z
  .number()
  .nonnegative('must not be negative')
  .meta({ description: 'In the major unit of the currency: 49.5 EUR is 49 euros and 50 cents' });

/** An amount of money in the minor unit of `currency`, in which every amount is a whole number. */
export const MinorUnits = z
  .int('must be a whole number')
  .nonnegative('must not be negative')
  .meta({ description: 'In the minor unit of the currency: 4950 EUR is 49 euros and 50 cents, 4950 JPY is 4950 yen' });

/** ISO 4217, in either case. */
export const Currency = z.string().regex(/^[A-Za-z]{3}$/, 'must be a three-letter ISO 4217 code');

/** ISO 4217, as the standard writes it. */
export const CurrencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be a three-letter ISO 4217 code in capitals')
  .meta({ description: 'ISO 4217; XXX where there is none' });

export { Timestamp };
