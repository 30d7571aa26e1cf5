import fc from 'fast-check';
import type { JsonSchema } from '#shared/events/json-schema.ts';

const UNDERSTOOD: ReadonlySet<string> = new Set([
  '$schema',
  'title',
  'description',
  'type',
  'const',
  'enum',
  'anyOf',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
]);

/** Fields that no schema names. */
const OTHER_FIELDS = fc.dictionary(
  fc.string({ maxLength: 5 }).map((name) => `x_${name}`),
  fc.jsonValue({ maxDepth: 1 }),
  { maxKeys: 2 },
);

/**
 * Makes values that `schema` accepts: those at its bounds, with and without each optional field, and with fields of the
 * customer's own.
 *
 * @throws on a keyword that it does not understand: what is not generated would not be tested.
 */
export function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const foreign = Object.keys(schema).filter((keyword) => !UNDERSTOOD.has(keyword));
  if (foreign.length > 0) throw new Error(`no values are made for ${foreign.join(', ')}`);
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if (Array.isArray(schema['anyOf'])) {
    return fc.oneof(...(schema['anyOf'] as JsonSchema[]).map((branch) => arbitraryOf(branch)));
  }
  if (Array.isArray(schema['type'])) {
    return fc.oneof(...(schema['type'] as unknown[]).map((type) => arbitraryOf({ ...schema, type })));
  }
  switch (schema['type']) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return fc.array(arbitraryOf((schema['items'] ?? {}) as JsonSchema), { maxLength: 4 });
    case 'string':
      return stringOf(schema);
    case 'number':
      return numberOf(schema);
    case 'integer':
      return integerOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case undefined:
      return fc.jsonValue({ maxDepth: 1 });
  }
  throw new Error(`no values are made of ${JSON.stringify(schema)}`);
}

function objectOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field)])),
    { requiredKeys: required },
  );
  if (schema['additionalProperties'] === false) return named;
  return fc.tuple(OTHER_FIELDS, named).map(([others, fields]) => ({ ...others, ...fields }));
}

function stringOf(schema: JsonSchema): fc.Arbitrary<string> {
  const {
    format,
    pattern,
    minLength = 0,
    maxLength = 300,
  } = schema as {
    format?: string;
    pattern?: string;
    minLength?: number;
    maxLength?: number;
  };
  if (format === 'date-time') return DATE_TIME;
  if (format !== undefined) throw new Error(`no values are made of the format ${format}`);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'));
  const short = fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 20) });
  return fc.oneof(
    short,
    fc.constantFrom(minLength, maxLength).map((length) => '🦊'.repeat(length)),
  );
}

const DATE_TIME = fc
  .record({
    at: fc.date({ min: new Date('0002-01-01T00:00:00Z'), max: new Date('9998-12-31T23:59:59Z'), noInvalidDate: true }),
    fraction: fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,9}$/)),
    zone: fc.constantFrom('Z', 'z', '+01:00', '-23:59', '+14:00'),
    letter: fc.constantFrom('T', 't'),
  })
  .map(({ at, fraction, zone, letter }) => `${at.toISOString().slice(0, 19).replace('T', letter)}${fraction}${zone}`);

function numberOf(schema: JsonSchema): fc.Arbitrary<number> {
  const { minimum = -Number.MAX_VALUE, maximum = Number.MAX_VALUE } = schema as { minimum?: number; maximum?: number };
  const cents = { min: Math.max(minimum, -100_000), max: Math.min(maximum, 100_000) };
  return fc
    .oneof(
      fc.constantFrom(minimum, maximum),
      fc.integer(cents).map((n) => Math.max(minimum, n / 100)),
      fc.double({ min: minimum, max: maximum, noNaN: true }),
    )
    .filter((n) => isWithinExclusive(n, schema));
}

function integerOf(schema: JsonSchema): fc.Arbitrary<number> {
  const { minimum = -Number.MAX_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema as {
    minimum?: number;
    maximum?: number;
  };
  return fc
    .oneof(
      fc.integer({ min: Math.max(minimum, -5), max: Math.min(maximum, 200) }),
      fc.maxSafeInteger().map((n) => Math.min(maximum, Math.max(minimum, n))),
      fc.constantFrom(minimum, maximum),
    )
    .filter((n) => isWithinExclusive(n, schema));
}

function isWithinExclusive(n: number, { exclusiveMinimum, exclusiveMaximum }: JsonSchema): boolean {
  return n > Number(exclusiveMinimum ?? -Infinity) && n < Number(exclusiveMaximum ?? Infinity);
}
