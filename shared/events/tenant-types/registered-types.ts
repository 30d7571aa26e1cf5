import type { RegisteredType } from './registered-type.ts';
import type { Check } from './schema/check.ts';
import { compileSchema } from './schema/compile-schema.ts';

/** A tenant's own types: by type, then by version, what `data` is held against. */
export type RegisteredTypes = ReadonlyMap<string, ReadonlyMap<string, () => Check>>;

const held = new WeakMap<readonly RegisteredType[], RegisteredTypes>();

/**
 * The types of a tenant's settings, ready to be asked. The same list gives the same types: a schema is compiled when the
 * first event of its type comes, once, and is gone with the settings.
 */
export function registeredTypesOf(eventTypes: readonly RegisteredType[]): RegisteredTypes {
  const known = held.get(eventTypes);
  if (known !== undefined) return known;
  const types = new Map<string, Map<string, () => Check>>();
  for (const { type, version, schema } of eventTypes) {
    let check: Check | undefined;
    const versions = types.get(type) ?? new Map<string, () => Check>();
    versions.set(version, () => (check ??= compileSchema(schema)));
    types.set(type, versions);
  }
  held.set(eventTypes, types);
  return types;
}
