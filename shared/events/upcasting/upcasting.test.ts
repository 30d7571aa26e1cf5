import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { arbitraryOf } from '../catalogue/evolution/arbitrary-data.ts';
import { readFrozen } from '../catalogue/evolution/freeze.ts';
import { FROZEN_DIRECTORY } from '../catalogue/evolution/frozen-schema.ts';
import { CATALOGUE } from '../catalogue/index.ts';
import { majorOf } from '../catalogue/version.ts';
import type { JsonObject } from '../event-envelope.ts';
import { KNOWN_TYPES } from '../known-types.ts';
import { toMinorUnits } from './minor-units.ts';
import { REFUNDED_TO_MINOR_UNITS } from './refunded-to-minor-units.ts';
import { upcastData, type UpcastStep } from './upcast-data.ts';
import { UPCASTS } from './upcasts.ts';

describe('every older major has a way to the newest', () => {
  const newest = (type: string): number =>
    Math.max(...CATALOGUE.filter((entry) => entry.type === type).map(({ version }) => majorOf(version)));

  test.each(CATALOGUE)('$type $version', ({ type, version }) => {
    const last = KNOWN_TYPES.get(type)?.get(version)?.upcasts.at(-1)?.to ?? version;
    expect(majorOf(last)).toBe(newest(type));
  });
});

const SOURCES = UPCASTS.flatMap((upcast) =>
  CATALOGUE.filter(({ type, version }) => type === upcast.type && majorOf(version) === upcast.fromMajor).map(
    ({ type, version }) => ({ type, version, upcast }),
  ),
);

test.each(SOURCES)(
  'whatever $type $version accepts becomes valid, changes nothing it was given, and loses no field',
  async ({ type, version, upcast }) => {
    const target = CATALOGUE.find((entry) => entry.type === type && entry.version === upcast.to);
    const collisions = fc.record(
      { amount_minor: fc.jsonValue({ maxDepth: 1 }), currency_minor: fc.string() },
      { requiredKeys: [] },
    );
    const sample = fc
      .tuple(arbitraryOf(await readFrozen(FROZEN_DIRECTORY, { type, version })), collisions)
      .map(([data, own]) => ({
        ...own,
        ...(data as JsonObject),
        payment: { ...own, ...(data as { payment: JsonObject }).payment },
      }));
    fc.assert(
      fc.property(sample, (data) => {
        const before = structuredClone(data);
        const after = upcast.apply(data);
        expect(data).toEqual(before);
        expect(target?.data.safeParse(after).error).toBeUndefined();
        expect(upcast.apply(structuredClone(data))).toEqual(after);
        expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(data)));
        expect(Object.keys(after['payment'] as JsonObject)).toEqual(
          expect.arrayContaining(Object.keys(data.payment).filter((name) => name !== 'amount_minor')),
        );
      }),
    );
  },
);

test.each<[string, JsonObject, JsonObject]>([
  [
    'amounts in cents, beside what was sent',
    { payment: { id: 'p', amount: 49.5, currency: 'eur' }, refund: { amount: 20 }, note: 'x' },
    {
      payment: { id: 'p', amount: 49.5, amount_minor: 4950, currency: 'EUR' },
      refund: { amount: 20, amount_minor: 2000 },
      note: 'x',
    },
  ],
  [
    'no refund',
    { payment: { id: 'p', currency: 'JPY', amount: 1200 } },
    { payment: { id: 'p', currency: 'JPY', amount: 1200, amount_minor: 1200 }, refund: {} },
  ],
  [
    'no currency',
    { payment: { id: 'p', amount: 49 } },
    { payment: { id: 'p', amount: 49, currency: 'XXX' }, refund: {} },
  ],
  ['no amount', { payment: { id: 'p', currency: 'USD' } }, { payment: { id: 'p', currency: 'USD' }, refund: {} }],
  [
    'a field of the customer’s own in the way',
    { payment: { id: 'p', currency: 'USD', amount: 1, amount_minor: 'one' } },
    { payment: { id: 'p', currency: 'USD', amount: 1, amount_minor: 100, amount_minor_1x: 'one' }, refund: {} },
  ],
])('payment.refunded: %s', (_name, data, expected) => {
  expect(REFUNDED_TO_MINOR_UNITS.apply(data)).toEqual(expected);
});

test.each([
  [49, 'EUR', 4900],
  [0, 'EUR', 0],
  [1.005, 'USD', 101],
  [0.1 + 0.2, 'USD', 30],
  [19.99, 'GBP', 1999],
  [1200, 'JPY', 1200],
  [1.2345, 'KWD', 1235],
  [1.2345, 'CLF', 12345],
  [5, 'ZZZ', 500],
  [5, 'XXX', undefined],
  [9_999_999_999_999.99, 'EUR', 999_999_999_999_999],
  [10_000_000_000_000, 'EUR', undefined],
  [Number.MAX_VALUE, 'JPY', undefined],
  [Number.MIN_VALUE, 'EUR', 0],
])('%d %s is %s minor units', (amount, currency, minor) => {
  expect(toMinorUnits(amount, currency)).toBe(minor);
});

describe('an upcast that fails costs its own event', () => {
  const schema = z.looseObject({ order: z.looseObject({ total: z.int() }) });
  const step = (apply: UpcastStep['apply'], to = '2.0'): UpcastStep => ({ to, apply, schema });

  test.each<[string, UpcastStep[], string, string]>([
    [
      'that throws',
      [
        step(() => {
          throw new Error('secret');
        }),
      ],
      'data: cannot be brought to version 2.0',
      'data',
    ],
    [
      'that makes something else',
      [step(() => ({ order: {} }))],
      'data.order.total: required (in version 2.0)',
      'data.order.total',
    ],
    [
      'the second of two',
      [step(() => ({ order: { total: 1 } })), step(() => ({ order: { total: 0.5 } }), '3.0')],
      'data.order.total: ',
      'data.order.total',
    ],
  ])('one %s', (_name, steps, message, path) => {
    expect(upcastData({}, steps)).toEqual({
      ok: false,
      error: { code: 'invalid_event', message: expect.stringContaining(message), path },
    });
  });

  test('the steps are taken in order', () => {
    const add = (data: JsonObject): JsonObject => ({
      ...data,
      order: { total: ((data['order'] as { total: number } | undefined)?.total ?? 0) + 1 },
    });
    expect(upcastData({}, [step(add), step(add, '3.0')])).toEqual({ ok: true, value: { order: { total: 2 } } });
  });
});
