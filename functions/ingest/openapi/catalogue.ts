import type { CatalogueEntry } from '#shared/events/catalogue/index.ts';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import { type JsonSchema, jsonSchemaOf } from '#shared/events/json-schema.ts';

const EXAMPLE_TIMESTAMP = '2026-11-20T10:30:00Z';

export function dataSchemaName({ type, version }: CatalogueEntry): string {
  return `${type}.${version}`;
}

/** Schema of the `data` of one type at one version. */
export function dataSchema(entry: CatalogueEntry): JsonSchema {
  return { ...jsonSchemaOf(entry.data), description: entry.description, examples: [entry.example.data] };
}

/** What `data` has to be where the event is of this type and version; a version left out is 1.0. */
export function dataOfType(entry: CatalogueEntry): JsonSchema {
  return {
    if: {
      properties: { type: { const: entry.type }, version: { const: entry.version } },
      required: entry.version === '1.0' ? ['type'] : ['type', 'version'],
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { data: { $ref: `#/components/schemas/${dataSchemaName(entry)}` } } },
  };
}

/** An event of each type at each version. */
export function eventExamples(): JsonSchema {
  return Object.fromEntries(
    CATALOGUE.map(({ type, version, description, example }) => [
      `${type} ${version}`,
      { summary: description, value: { type, version, timestamp: EXAMPLE_TIMESTAMP, ...example } },
    ]),
  );
}
