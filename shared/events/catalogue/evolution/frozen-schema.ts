import { type JsonSchema, jsonSchemaOf } from '#shared/events/json-schema.ts';
import type { CatalogueEntry } from '../entry.ts';

/** Where the frozen schemas are: one file for each type and version that was ever published. */
export const FROZEN_DIRECTORY = new URL('../frozen/', import.meta.url);

/** Name of an entry's file, such as `payment.failed.1.0.json`. */
export function frozenFileName({ type, version }: Pick<CatalogueEntry, 'type' | 'version'>): string {
  return `${type}.${version}.json`;
}

/** What an entry's `data` may be, as it is published: a JSON Schema that stands by itself. */
export function frozenSchemaOf({ type, version, description, data }: CatalogueEntry): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `${type} ${version}`,
    description,
    ...jsonSchemaOf(data),
  };
}
