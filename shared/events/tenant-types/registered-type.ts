import { z } from 'zod';
import { EventType, EventVersion, JsonObject } from '../event-envelope.ts';

/** A type of a tenant's own, at one version, with what its `data` has to be. */
export const RegisteredType = z.strictObject({
  type: EventType,
  version: EventVersion,
  /** JSON Schema 2020-12 of `data`. */
  schema: JsonObject,
});

export type RegisteredType = z.infer<typeof RegisteredType>;
