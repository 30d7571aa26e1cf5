import { z } from 'zod';
import { DURATION_PATTERN, parseDurationMs } from './duration.ts';
import { compileCondition, InvalidConditionError } from './rule-condition.ts';

const MAX_PARAMS_BYTES = 4096;
const MAX_COOLDOWN_MS = 366 * 24 * 60 * 60 * 1000;

/** Ids and decision names become message attributes and map keys. */
const Identifier = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'must be 1 to 100 of A-Z, a-z, 0-9, "_", "." and "-"');

/** When something is decided about a subject. */
export const Rule = z
  .strictObject({
    id: Identifier,
    /** Event types whose arrival makes the rule look. */
    on: z.array(z.string().min(1).max(256)).min(1).max(50),
    /** CEL over `event`, `profile`, `counts` and `now`; see `compileCondition`. */
    when: z.string(),
    /** What is decided when `when` holds. */
    decide: Identifier,
    /** Handed on with the decision as it is. */
    params: z
      .record(z.string(), z.json())
      .refine(
        (params) => Buffer.byteLength(JSON.stringify(params)) <= MAX_PARAMS_BYTES,
        'must be at most 4096 bytes of JSON',
      )
      .optional(),
    /** After a decision for a subject, none by this rule for that subject within this time, by the events' `timestamp`. */
    cooldown: z
      .string()
      .regex(DURATION_PATTERN, 'must be a whole number and a unit, such as 24h (s, m, h, d)')
      .refine(
        (text) => !DURATION_PATTERN.test(text) || parseDurationMs(text) <= MAX_COOLDOWN_MS,
        'must be at most 366d',
      )
      .optional(),
  })
  .superRefine((rule, context) => {
    try {
      compileCondition(rule.when);
    } catch (error) {
      if (!(error instanceof InvalidConditionError)) throw error;
      context.addIssue({
        code: 'custom',
        path: ['when'],
        message: `rule ${rule.id}: ${error.message}`,
        input: rule.when,
      });
    }
  });

export type Rule = z.infer<typeof Rule>;
