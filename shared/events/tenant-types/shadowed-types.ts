import { KNOWN_TYPES } from '../known-types.ts';
import type { RegisteredType } from './registered-type.ts';

/**
 * Types among `eventTypes` that the catalogue has too. They are refused when a tenant is provisioned, and not when its
 * settings are read: a release that adds a type to the catalogue must not refuse the events of a tenant that had
 * registered it before.
 */
export function shadowedTypes(eventTypes: readonly RegisteredType[]): string[] {
  return [...new Set(eventTypes.map(({ type }) => type))].filter((type) => KNOWN_TYPES.has(type));
}
