import { describe, expect, test } from 'vitest';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { validateEvent } from '../validate.ts';
import { checkData } from './check-data.ts';
import { RegisteredTypes } from './registered-type.ts';
import { registeredTypesOf } from './registered-types.ts';
import { type Check, Steps, StepsExhaustedError } from './schema/check.ts';
import { compileSchema } from './schema/compile-schema.ts';
import { shadowedTypes } from './shadowed-types.ts';

const total = { type: 'object', required: ['total'], properties: { total: { type: 'number', minimum: 0 } } };
const eventTypes = RegisteredTypes.parse([
  { type: 'order.placed', version: '1.0', schema: { properties: { order: total }, required: ['order'] } },
  { type: 'order.placed', version: '1.1', schema: { properties: { order: total } } },
]);
const receipt = { tenantId: TenantId.parse('acme'), receivedAt: '2026-11-20T10:30:01.250Z', eventTypes };
const placed = {
  type: 'order.placed',
  timestamp: '2026-11-20T10:30:00Z',
  subject: 'cus_1',
  data: { order: { total: 1 } },
};

describe.each(['open', 'strict'] as const)('a registered type, of a tenant that is %s', (mode) => {
  const context = { ...receipt, mode };

  test.each([
    ['valid', {}, undefined],
    ['valid at another version', { version: '1.1', data: {} }, undefined],
    ['wrong', { data: { order: { total: -1 } } }, ['invalid_event', 'data.order.total: must be >= 0']],
    ['empty', { data: {} }, ['invalid_event', 'data.order: required']],
    ['a version of nobody', { version: '1.2' }, ['unknown_version', 'version: order.placed is registered at 1.0, 1.1']],
    [
      'of the catalogue, as the catalogue has it',
      { type: 'payment.failed' },
      ['invalid_event', 'data.payment: required'],
    ],
  ])('%s', (_name, change, refused) => {
    const validated = validateEvent({ ...placed, ...change }, context);
    expect(validated.ok ? undefined : [validated.error.code, validated.error.message]).toEqual(refused);
  });

  test('a type that nobody knows', () => {
    expect(validateEvent({ ...placed, type: 'order.lost', data: {} }, context).ok).toBe(mode === 'open');
  });
});

test('a type that was registered before the catalogue had it stays the tenant’s', () => {
  const own = RegisteredTypes.parse([{ type: 'payment.failed', version: '1.0', schema: { required: ['why'] } }]);
  expect(shadowedTypes([...own, ...own, ...eventTypes])).toEqual(['payment.failed']);
  const context = { ...receipt, mode: 'strict', eventTypes: own } as const;
  expect(validateEvent({ ...placed, type: 'payment.failed', data: { why: 1 } }, context).ok).toBe(true);
});

test('a schema is compiled once for the settings it is in', () => {
  const compiled = (): Check | undefined => registeredTypesOf(eventTypes).get('order.placed')?.get('1.0')?.();
  expect(compiled()).toBe(compiled());
  const others = registeredTypesOf([...eventTypes]);
  expect(others).not.toBe(registeredTypesOf(eventTypes));
});

test.each([
  [[{ type: 'order.placed', version: '1.0', schema: { type: 'objekt' } }], '0.schema.type', 'there is no type objekt'],
  [[...eventTypes, ...eventTypes], '2', 'order.placed 1.0 is registered twice'],
  [[{ type: 'order.placed', version: '1.0', schema: 'x' }], '0.schema', 'must be an object'],
  [[{ type: 'Order', version: '1.0', schema: {} }], '0.type', 'must be dotted lower case'],
  [
    [
      {
        type: 'a.b',
        version: '1.0',
        schema: JSON.parse(`${'{"enum":[['.repeat(4_000)}${']]}'.repeat(4_000)}`) as object,
      },
    ],
    '0.schema',
    'nested more than 100 levels deep',
  ],
  [
    Array.from({ length: 9 }, (_, i) => ({ type: 'a.b', version: `1.${i}`, schema: { title: 'x'.repeat(30_000) } })),
    '',
    'longer than 262144 characters of JSON',
  ],
  [Array.from({ length: 101 }, (_, i) => ({ type: 'a.b', version: `1.${i}`, schema: {} })), '', 'more than 100 types'],
])('types %# are refused at %s: %s', (types, path, message) => {
  const [issue] = RegisteredTypes.safeParse(types).error?.issues ?? [];
  expect([issue?.path.join('.'), issue?.message]).toEqual([path, expect.stringContaining(message)]);
});

/** How often a hostile schema, data of size `n`, makes a step: what is left out of the count is bounded by it. */
describe('no schema makes more steps than data of its size may', () => {
  const doubling = {
    $defs: Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => {
        const next = i === 39 ? { type: 'number' } : { $ref: `#/$defs/d${i + 1}` };
        return [`d${i}`, { anyOf: [{ allOf: [next, { const: 0 }] }, next] }];
      }),
    ),
  };
  const wide = (schema: object): object => ({
    allOf: Array.from({ length: 400 }, () => ({ properties: { list: schema } })),
  });

  test.each<[string, object, (n: number) => Record<string, unknown>]>([
    [
      'alternatives that double at each of 40 levels',
      { ...doubling, properties: { a: { $ref: '#/$defs/d0' } } },
      () => ({ a: 'x' }),
    ],
    ['every item 400 times', wide({ items: { minimum: 0 } }), (n) => ({ list: Array(n).fill(1) })],
    [
      'uniqueItems 400 times',
      wide({ uniqueItems: true }),
      (n) => ({ list: Array.from({ length: n }, (_, i) => ({ i })) }),
    ],
    [
      'a large value held against constants',
      wide({ not: { enum: [{ a: 1 }] } }),
      (n) => ({ list: Array(n).fill('y') }),
    ],
    [
      'every field 400 times',
      wide({ additionalProperties: { minLength: 1 } }),
      (n) => ({ list: Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 'v'])) }),
    ],
    [
      'a pattern 200 positions long, 400 times',
      wide({ items: { pattern: '^[a-z]{0,200}$' } }),
      (n) => ({ list: Array(n).fill('a'.repeat(150)) }),
    ],
  ])('%s', (_name, schema, dataOf) => {
    const check = compileSchema(schema);
    for (const n of [300, 3_000]) {
      const counted = new CountedSteps();
      const verdict = checkData(dataOf(n), (value, steps) => check(value, counted.over(steps)));
      expect(verdict).toMatchObject({
        error: { message: 'data: takes too many steps to be checked against its schema' },
      });
      expect(counted.calls).toBeLessThan(5_000 + 8 * (1 + n * 40) * 2);
    }
  });

  test('and an honest one is far from it, however many items there are', () => {
    const line = {
      type: 'object',
      required: ['id', 'sku', 'quantity'],
      properties: {
        id: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
        sku: { type: 'string', minLength: 3, maxLength: 20 },
        quantity: { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }] },
      },
      additionalProperties: false,
    };
    const check = compileSchema({ properties: { lines: { items: line, uniqueItems: true } } });
    const lines = Array.from({ length: 5_000 }, (_, i) => ({
      id: `0190a1b2-0000-7000-8000-${String(i).padStart(12, '0')}`,
      sku: 'ABC-123',
      quantity: i % 2 === 0 ? null : 3,
    }));
    expect(checkData({ lines }, check).ok).toBe(true);
  });

  test('steps are not left to go below none', () => {
    const steps = new Steps(2);
    steps.spend(2);
    expect(() => steps.spend(0.1)).toThrow(StepsExhaustedError);
  });
});

/** Counts how often something is spent, and passes it on. */
class CountedSteps {
  calls = 0;

  over(steps: Steps): Steps {
    const counted = new Steps(Infinity);
    counted.spend = (spent: number) => {
      this.calls += 1;
      steps.spend(spent);
    };
    return counted;
  }
}
