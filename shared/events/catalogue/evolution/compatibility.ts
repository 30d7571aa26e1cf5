import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '#shared/events/json-schema.ts';
import { boundsBroken } from './bounds.ts';

/**
 * What the newer schema is to the older one. `same-version`: whatever the older accepts must be accepted. `later-minor`:
 * a field that the older does not name was the customer's own, and may be given a meaning; who sends the older version
 * is still held to the older schema.
 */
export type Relation = 'same-version' | 'later-minor';

/** Keywords that refuse nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
]);

/** Keywords that {@link incompatibilities} can compare. Any other is a finding wherever the schemas are not the same. */
const COMPARED: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'anyOf',
  'allOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'pattern',
  'format',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]);

/**
 * Finds where `newer` may refuse what `older` accepts. Errs on the safe side: what it does not understand, and what would
 * take more than comparing keyword with keyword to prove, is a finding.
 *
 * @returns one line for each finding, beginning with the place; empty where `newer` accepts all that `older` does.
 */
export function incompatibilities(older: JsonSchema, newer: JsonSchema, relation: Relation, path = 'data'): string[] {
  const [before, after] = [withoutAnnotations(older), withoutAnnotations(newer)];
  if (isDeepStrictEqual(before, after) || valuesOf(before)?.length === 0) return [];
  const foreign = Object.keys({ ...before, ...after }).filter((keyword) => !COMPARED.has(keyword));
  if (foreign.length > 0) return foreign.map((keyword) => `${path}: ${keyword} cannot be compared`);
  const { anyOf, ...rest } = before;
  if (isSchemas(anyOf)) {
    return anyOf.flatMap((branch) => incompatibilities({ ...rest, ...branch }, after, relation, path));
  }
  return [
    ...ofAlternatives(before, after, relation, path),
    ...typesRefused(before, after).map((type) => `${path}: type ${type} is refused`),
    ...valuesRefused(before, after).map((value) => `${path}: value ${value} is refused`),
    ...boundsBroken(before, after).map((keyword) => `${path}: ${keyword} is tighter`),
    ...['pattern', 'format', 'multipleOf']
      .filter((keyword) => after[keyword] !== undefined && after[keyword] !== before[keyword])
      .map((keyword) => `${path}: ${keyword} is new or another`),
    ...ofFields(before, after, relation, path),
    ...(isSchema(after['items'])
      ? incompatibilities(schemaIn(before['items']), after['items'], relation, `${path}[]`)
      : []),
  ];
}

function ofAlternatives(before: JsonSchema, after: JsonSchema, relation: Relation, path: string): string[] {
  const { anyOf, allOf } = after;
  const all = isSchemas(allOf) ? allOf : [];
  const found = all.flatMap((part) => fewest([before, ...partsOf(before)], [part], relation, path));
  return isSchemas(anyOf) ? [...found, ...fewest([before], anyOf, relation, path)] : found;
}

/** Findings of the pair that fits best: one that fits is enough. */
function fewest(
  befores: readonly JsonSchema[],
  afters: readonly JsonSchema[],
  relation: Relation,
  path: string,
): string[] {
  const findings = befores.flatMap((before) => afters.map((after) => incompatibilities(before, after, relation, path)));
  return findings.reduce((best, found) => (found.length < best.length ? found : best));
}

function partsOf({ allOf }: JsonSchema): readonly JsonSchema[] {
  return isSchemas(allOf) ? allOf : [];
}

function typesRefused(before: JsonSchema, after: JsonSchema): string[] {
  if (after['type'] === undefined) return [];
  const accepted = typesOf(after);
  const sent = before['type'] === undefined && valuesOf(before) !== undefined ? typesOfValues(before) : typesOf(before);
  return sent.filter((type) => !accepted.includes(type) && !(type === 'integer' && accepted.includes('number')));
}

const TYPES = ['object', 'array', 'string', 'number', 'boolean', 'null'];

function typesOf({ type }: JsonSchema): readonly string[] {
  if (type === undefined) return TYPES;
  return (Array.isArray(type) ? type : [type]) as string[];
}

function typesOfValues(schema: JsonSchema): string[] {
  return (valuesOf(schema) ?? []).map((value) => {
    if (value === null) return 'null';
    return Array.isArray(value) ? 'array' : typeof value;
  });
}

function valuesRefused(before: JsonSchema, after: JsonSchema): string[] {
  const accepted = valuesOf(after);
  if (accepted === undefined) return [];
  const sent = valuesOf(before);
  if (sent === undefined) return ['other than those listed'];
  return sent
    .filter((value) => !accepted.some((one) => isDeepStrictEqual(one, value)))
    .map((value) => JSON.stringify(value));
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? (schema['enum'] as readonly unknown[]) : undefined;
}

function ofFields(before: JsonSchema, after: JsonSchema, relation: Relation, path: string): string[] {
  const [named, namedAfter] = [fieldsOf(before), fieldsOf(after)];
  const [others, othersAfter] = [schemaIn(before['additionalProperties']), schemaIn(after['additionalProperties'])];
  const found = requiredOf(after)
    .filter((name) => !requiredOf(before).includes(name))
    .map((name) => `${path}.${name}: is required`);
  for (const [name, schema] of Object.entries(namedAfter)) {
    const sent = named[name] ?? (relation === 'same-version' || !isOpen(others) ? others : undefined);
    if (sent !== undefined) found.push(...incompatibilities(sent, schema, relation, `${path}.${name}`));
  }
  for (const [name, schema] of Object.entries(named)) {
    if (!Object.hasOwn(namedAfter, name)) {
      found.push(...incompatibilities(schema, othersAfter, relation, `${path}.${name}`));
    }
  }
  return [...found, ...incompatibilities(others, othersAfter, relation, `${path}.*`)];
}

function fieldsOf({ properties }: JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(properties ?? {}).map(([name, schema]) => [name, schemaIn(schema)]));
}

function requiredOf({ required }: JsonSchema): readonly string[] {
  return Array.isArray(required) ? (required as readonly string[]) : [];
}

function isOpen(schema: JsonSchema): boolean {
  return Object.keys(schema).length === 0;
}

/** `false` accepts nothing, which as a schema is the empty enum. */
function schemaIn(value: unknown): JsonSchema {
  if (value === false) return { enum: [] };
  return isSchema(value) ? value : {};
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchemas(value: unknown): value is readonly JsonSchema[] {
  return Array.isArray(value) && value.length > 0 && value.every(isSchema);
}

function withoutAnnotations(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => !ANNOTATIONS.has(keyword))
      .map(([keyword, value]) => [keyword, keyword === 'properties' ? fieldsOf({ properties: value }) : value]),
  );
}
