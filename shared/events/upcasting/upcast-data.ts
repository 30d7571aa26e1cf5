import type { z } from 'zod';
import type { JsonObject } from '../event-envelope.ts';
import { reasonOf, refusal, refusalOfIssues, type Validated } from '../problems.ts';
import type { Upcast } from './upcast.ts';

/** An upcast, and what has to come out of it. */
export interface UpcastStep extends Pick<Upcast, 'to' | 'apply'> {
  readonly schema: z.ZodType;
}

/**
 * Brings `data` through `steps`, one major version after the other. What comes out of each is validated, so that nothing
 * is stored under a version that it does not satisfy: an upcast that fails costs its own event only.
 *
 * @returns the data of the last step, or the field that could not be brought there. Never throws.
 */
export function upcastData(data: JsonObject, steps: readonly UpcastStep[]): Validated<JsonObject> {
  let current = data;
  for (const { to, apply, schema } of steps) {
    try {
      current = apply(current);
    } catch {
      return refusal('invalid_event', 'data', `cannot be brought to version ${to}`);
    }
    const parsed = schema.safeParse(current, { error: reasonOf });
    if (!parsed.success) {
      const { path, message } = refusalOfIssues(parsed.error, 'data').error;
      return {
        ok: false,
        error: {
          code: 'invalid_event',
          message: `${message} (in version ${to})`,
          ...(path === undefined ? {} : { path }),
        },
      };
    }
  }
  return { ok: true, value: current };
}
