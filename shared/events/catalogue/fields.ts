import { z } from 'zod';
import { Timestamp } from '../timestamp.ts';

/** An identifier in the customer's own system. */
export const Id = z.string().min(1, 'must not be empty').max(256, 'longer than 256 characters');

/** A word from the customer's own vocabulary, such as a status or a reason. */
export const Word = z.string().min(1, 'must not be empty').max(256, 'longer than 256 characters');

/** An amount of money in `currency`, in whatever unit the customer counts. */
export const Amount = z.number().nonnegative('must not be negative');

/** ISO 4217, in either case. */
export const Currency = z.string().regex(/^[A-Za-z]{3}$/, 'must be a three-letter ISO 4217 code');

export { Timestamp };
