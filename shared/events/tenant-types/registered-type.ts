import { z } from 'zod';
import { isWithinDepth } from '../depth.ts';
import { EventType, EventVersion, JsonObject } from '../event-envelope.ts';
import { compileSchema } from './schema/compile-schema.ts';
import { SchemaError } from './schema/keyword.ts';

const MAX_TYPES = 100;
/** Of all of a tenant's schemas together: they are held in memory, and Firestore's document has 1 MiB. */
const MAX_CHARACTERS = 262_144;
const MAX_DEPTH = 100;

/** JSON Schema 2020-12 of `data`, as far as `compileSchema` goes. */
const DataSchema = JsonObject.check(({ value, issues }) => {
  const problem = problemOf(value);
  if (problem !== undefined) issues.push({ code: 'custom', input: value, ...problem });
});

/** A type of a tenant's own, at one version, with what its `data` has to be. */
export const RegisteredType = z.strictObject({
  type: EventType,
  version: EventVersion,
  schema: DataSchema,
});

export type RegisteredType = z.infer<typeof RegisteredType>;

/** All of a tenant's types. */
export const RegisteredTypes = z
  .array(RegisteredType)
  .max(MAX_TYPES, `more than ${MAX_TYPES} types`)
  .check(({ value: types, issues }) => {
    const seen = new Set<string>();
    for (const [index, { type, version }] of types.entries()) {
      if (seen.has(`${type} ${version}`)) {
        issues.push({ code: 'custom', input: type, message: `${type} ${version} is registered twice`, path: [index] });
      }
      seen.add(`${type} ${version}`);
    }
    if (JSON.stringify(types).length > MAX_CHARACTERS) {
      issues.push({ code: 'custom', input: types, message: `longer than ${MAX_CHARACTERS} characters of JSON` });
    }
  });

function problemOf(schema: unknown): { message: string; path: string[] } | undefined {
  if (!isWithinDepth(schema, MAX_DEPTH)) return { message: `nested more than ${MAX_DEPTH} levels deep`, path: [] };
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    if (error instanceof SchemaError) return { message: error.message, path: [...error.path] };
    throw error;
  }
}
