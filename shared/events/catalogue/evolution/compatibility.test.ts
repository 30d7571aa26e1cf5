import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '#shared/events/json-schema.ts';
import { Timestamp } from '../fields.ts';
import { arbitraryOf } from './arbitrary-data.ts';
import { incompatibilities, type Relation } from './compatibility.ts';

const Status = z.enum(['active', 'paused', 'cancelled']);
const fields = {
  id: z.string().min(1).max(20),
  note: z.string().optional(),
  code: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  status: Status.optional(),
  amount: z.number().min(0).max(1_000).optional(),
  count: z.int().min(0).max(100).optional(),
  at: Timestamp.nullish(),
  tags: z.array(z.string().min(1)).optional(),
  address: z.looseObject({ city: z.string().optional() }).optional(),
  either: z.union([z.string(), z.number()]).optional(),
};
const older = z.looseObject(fields);

const changed = (change: z.ZodRawShape): z.ZodType => z.looseObject({ ...fields, ...change });
const without = (name: keyof typeof fields): z.ZodType => {
  const { [name]: _, ...rest } = fields;
  return z.looseObject(rest);
};
const structurally = (newer: z.ZodType, relation: Relation): string[] =>
  incompatibilities(jsonSchemaOf(older), jsonSchemaOf(newer), relation);
const bySamples = (newer: z.ZodType): boolean => {
  const property = fc.property(arbitraryOf(jsonSchemaOf(older)), (data) => newer.safeParse(data).success);
  return fc.check(property, { numRuns: 1_000, seed: 4 }).failed;
};

const RELATIONS: readonly Relation[] = ['same-version', 'later-minor'];

describe('a change that refuses what was accepted', () => {
  test.each<[string, z.ZodType]>([
    ['a field is made required', changed({ note: z.string() })],
    ['a new field is required', changed({ currency: z.string() })],
    ['an enum is narrowed', changed({ status: z.enum(['active', 'paused']).optional() })],
    ['an enum becomes a constant', changed({ status: z.literal('active').optional() })],
    ['text becomes an enum', changed({ note: z.enum(['a', 'b']).optional() })],
    ['a type is changed', changed({ note: z.number().optional() })],
    ['numbers become whole', changed({ amount: z.int().min(0).max(1_000).optional() })],
    ['null is no longer allowed', changed({ at: Timestamp.optional() })],
    ['a lower bound is raised', changed({ amount: z.number().min(1).max(1_000).optional() })],
    ['a lower bound becomes exclusive', changed({ amount: z.number().gt(0).max(1_000).optional() })],
    ['an upper bound is lowered', changed({ count: z.int().min(0).max(99).optional() })],
    ['a multiple is asked for', changed({ count: z.int().min(0).max(100).multipleOf(5).optional() })],
    ['a text must be longer', changed({ id: z.string().min(2).max(20) })],
    ['a text must be shorter', changed({ id: z.string().min(1).max(19) })],
    ['a text must match', changed({ note: z.string().regex(/^\w+$/).optional() })],
    [
      'a pattern is tightened',
      changed({
        code: z
          .string()
          .regex(/^[A-F]{3}$/)
          .optional(),
      }),
    ],
    ['a format is asked for', changed({ note: z.iso.datetime().optional() })],
    ['a format is tightened', changed({ at: z.iso.date().nullish() })],
    ['items are tightened', changed({ tags: z.array(z.string().min(2)).optional() })],
    ['fewer items are allowed', changed({ tags: z.array(z.string().min(1)).max(3).optional() })],
    ['an alternative is dropped', changed({ either: z.string().optional() })],
    ['a nested field is made required', changed({ address: z.looseObject({ city: z.string() }).optional() })],
    ['a nested object is closed', changed({ address: z.strictObject({ city: z.string().optional() }).optional() })],
    ['additional properties are closed', z.strictObject(fields)],
    ['additional properties are given a type', z.object(fields).catchall(z.string())],
    ['a field is taken away, and the rest is closed', z.strictObject({ id: fields.id })],
  ])('%s: found by the schemas, and by samples', (_name, newer) => {
    for (const relation of RELATIONS) expect(structurally(newer, relation)).not.toEqual([]);
    expect(bySamples(newer)).toBe(true);
  });

  test('a check that the schema does not show is found by samples', () => {
    const newer = changed({
      note: z
        .string()
        .refine((text) => text.length < 5)
        .optional(),
    });
    expect(structurally(newer, 'later-minor')).toEqual([]);
    expect(bySamples(newer)).toBe(true);
  });

  test.each([
    ['not', { not: { type: 'string' } }],
    ['oneOf', { oneOf: [{ type: 'string' }] }],
    ['$ref', { $ref: '#/$defs/a' }],
    ['if', { if: { type: 'string' } }],
    ['patternProperties', { patternProperties: { a: {} } }],
    ['a keyword of nobody', { mystery: 1 }],
  ])('%s is not understood, and so a finding', (_name, schema) => {
    for (const relation of RELATIONS) {
      expect(incompatibilities({}, schema, relation)).not.toEqual([]);
      expect(incompatibilities(schema, { type: 'string' }, relation)).not.toEqual([]);
      expect(incompatibilities(schema, schema, relation)).toEqual([]);
    }
  });
});

describe('a change that refuses nothing', () => {
  test.each<[string, z.ZodType]>([
    ['none', older],
    ['a bound is loosened', changed({ amount: z.number().min(-1).optional() })],
    ['an exclusive bound below an inclusive one', changed({ amount: z.number().gt(-1).max(1_000).optional() })],
    ['a text may be longer', changed({ id: z.string().max(40) })],
    ['an enum is widened', changed({ status: z.enum(['active', 'paused', 'cancelled', 'expired']).optional() })],
    ['an enum becomes text', changed({ status: z.string().optional() })],
    ['whole numbers become any', changed({ count: z.number().min(0).max(100).optional() })],
    ['null is allowed too', changed({ note: z.string().nullish() })],
    ['another type is allowed too', changed({ note: z.union([z.number(), z.string()]).optional() })],
    ['a field is no longer required', changed({ id: fields.id.optional() })],
    ['a pattern is dropped', changed({ code: z.string().optional() })],
    ['a field is taken away, and the rest is open', without('code')],
    ['other words', changed({ note: z.string().optional().meta({ description: 'For people' }) })],
  ])('%s', (_name, newer) => {
    for (const relation of RELATIONS) expect(structurally(newer, relation)).toEqual([]);
    expect(bySamples(newer)).toBe(false);
  });

  test('a new optional field is for a later minor: in the same version it may have been the customer’s own', () => {
    const newer = changed({ currency: z.string().optional() });
    expect(structurally(newer, 'later-minor')).toEqual([]);
    expect(bySamples(newer)).toBe(false);
    expect(structurally(newer, 'same-version')).toEqual([
      'data.currency: type object is refused',
      'data.currency: type array is refused',
      'data.currency: type number is refused',
      'data.currency: type boolean is refused',
      'data.currency: type null is refused',
    ]);
    expect(structurally(changed({ currency: z.unknown().optional() }), 'same-version')).toEqual([]);
  });
});
