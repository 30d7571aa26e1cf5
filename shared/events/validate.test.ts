import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from './catalogue/index.ts';
import { validateEvent, validateUserProperties } from './validate.ts';

const tenantId = TenantId.parse('acme');
const receivedAt = '2026-11-20T10:30:01.250Z';
const strict = { tenantId, mode: 'strict', receivedAt } as const;
const open = { tenantId, mode: 'open', receivedAt } as const;

/** An event with every field, and metadata of the producer's own. */
const created = {
  id: 'evt_01J9',
  type: 'subscription.created',
  version: '1.0',
  timestamp: '2026-11-20T10:30:00Z',
  tenant_id: 'acme',
  subject: 'cus_1234567890',
  correlation_id: 'corr_abc123',
  data: { subscription: { id: 'sub_1234567890', customer_id: 'cus_1234567890', status: 'active' } },
  metadata: { source: 'subscription-service', idempotency_key: 'idem_xyz789', region: 'eu' },
};

test('an event is stored as it was sent, with the time of receipt', () => {
  expect(validateEvent(created, strict)).toEqual({ ok: true, value: { ...created, received_at: receivedAt } });
});

test('what the server fills in: id, version, tenant_id, received_at', () => {
  const { id: _id, version: _version, tenant_id: _tenantId, ...rest } = created;
  const first = validateEvent({ ...rest, received_at: 'whenever' }, strict);
  const second = validateEvent(rest, strict);
  if (!first.ok || !second.ok) throw new Error('refused');
  expect(first.value.id).toMatch(/^evt_[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(second.value.id).not.toBe(first.value.id);
  expect(first.value).toMatchObject({ version: '1.0', tenant_id: 'acme', received_at: receivedAt });
});

test.each(CATALOGUE)('the example of $type $version is valid', ({ type, version, example }) => {
  const event = { type, version, timestamp: '2026-11-20T10:30:00Z', ...example };
  expect(validateEvent(event, strict)).toMatchObject({ ok: true, value: { type, subject: example.subject } });
});

describe('versions', () => {
  const refunded = {
    ...created,
    type: 'payment.refunded',
    data: { payment: { id: 'pay_1', amount: 49, currency: 'eur' }, refund: { amount: 4.5 } },
  };
  const inMinorUnits = {
    payment: { id: 'pay_1', amount: 49, amount_minor: 4900, currency: 'EUR' },
    refund: { amount: 4.5, amount_minor: 450 },
  };

  test('a later minor is kept as it is', () => {
    const sent = { ...created, version: '1.1', data: { subscription: { id: 'sub_1', quantity: 3 } } };
    expect(validateEvent(sent, strict)).toEqual({ ok: true, value: { ...sent, received_at: receivedAt } });
  });

  test('each version is held to its own schema: what 1.1 names was the customer’s own in 1.0', () => {
    const data = { subscription: { id: 'sub_1', quantity: 'three' } };
    expect(validateEvent({ ...created, data }, strict).ok).toBe(true);
    expect(validateEvent({ ...created, version: '1.1', data }, strict)).toMatchObject({
      error: { path: 'data.subscription.quantity' },
    });
  });

  test.each(['1.0', undefined])(
    'an older major (version %s) is stored as the newest, and says what it came as',
    (version) => {
      expect(validateEvent({ ...refunded, version }, strict)).toEqual({
        ok: true,
        value: {
          ...refunded,
          version: '2.0',
          received_at: receivedAt,
          data: inMinorUnits,
          metadata: { ...refunded.metadata, upcast_from: '1.0' },
        },
      });
    },
  );

  test('what has no metadata gets some to say so, and what was brought up once stays as it is', () => {
    const first = validateEvent({ ...refunded, metadata: undefined }, strict);
    if (!first.ok) throw new Error('refused');
    expect(first.value.metadata).toEqual({ upcast_from: '1.0' });
    expect(validateEvent(first.value, strict)).toEqual(first);
  });

  test('what is wrong with an older major is said in its own words', () => {
    expect(validateEvent({ ...refunded, data: { payment: { id: 'pay_1', amount: -1 } } }, strict)).toMatchObject({
      error: { code: 'invalid_event', message: 'data.payment.amount: must not be negative' },
    });
  });

  test('the newest major wants its own', () => {
    expect(validateEvent({ ...refunded, version: '2.0' }, strict)).toMatchObject({
      error: { message: 'data.payment.currency: must be a three-letter ISO 4217 code in capitals' },
    });
  });

  test.each(['1.7', '2.1', '3.0', '0.9'])('version %s is not published, and so not known', (version) => {
    expect(validateEvent({ ...refunded, version }, open)).toMatchObject({
      error: { code: 'unknown_version', message: 'version: payment.refunded is known at 1.0, 2.0', path: 'version' },
    });
  });
});

test('fields that a data schema does not name are kept', () => {
  const data = { subscription: { id: 'sub_1', tier: { seats: 3 } }, note: 'x' };
  expect(validateEvent({ ...created, data }, strict)).toMatchObject({ ok: true, value: { data } });
});

const long = 'x'.repeat(257);

test.each<[string, Record<string, unknown>, string, string]>([
  ['no type', { type: undefined }, 'invalid_event', 'type: required'],
  ['type not a string', { type: 1 }, 'invalid_event', 'type: must be a string'],
  ['type upper case', { type: 'A.b' }, 'invalid_event', 'type: must be dotted lower case, such as "order.shipped"'],
  ['type without a dot', { type: 'a' }, 'invalid_event', 'type: must be dotted lower case, such as "order.shipped"'],
  ['no timestamp', { timestamp: undefined }, 'invalid_event', 'timestamp: required'],
  ['bare date', { timestamp: '2026-11-20' }, 'invalid_event', 'timestamp: not an RFC 3339 date-time'],
  ['epoch', { timestamp: 1_763_634_600 }, 'invalid_event', 'timestamp: must be a string'],
  ['no subject', { subject: undefined }, 'invalid_event', 'subject: required'],
  ['empty subject', { subject: '' }, 'invalid_event', 'subject: must not be empty'],
  ['long subject', { subject: long }, 'invalid_event', 'subject: longer than 256 characters'],
  ['ill-formed subject', { subject: '\uD800' }, 'invalid_event', 'subject: not well-formed Unicode'],
  ['subject .', { subject: '.' }, 'invalid_event', 'subject: must not be "." or ".."'],
  ['subject ..', { subject: '..' }, 'invalid_event', 'subject: must not be "." or ".."'],
  ['no data', { data: undefined }, 'invalid_event', 'data: must be an object'],
  ['data an array', { data: [] }, 'invalid_event', 'data: must be an object'],
  ['data null', { data: null }, 'invalid_event', 'data: must be an object'],
  ['empty id', { id: '' }, 'invalid_event', 'id: must not be empty'],
  ['long id', { id: long }, 'invalid_event', 'id: longer than 256 characters'],
  ['version', { version: '1' }, 'invalid_event', 'version: must be "major.minor", such as "1.0"'],
  ['unknown version', { version: '1.2' }, 'unknown_version', 'version: subscription.created is known at 1.0, 1.1'],
  ['metadata', { metadata: 'x' }, 'invalid_event', 'metadata: must be an object'],
  ['source', { metadata: { source: 1 } }, 'invalid_event', 'metadata.source: must be a string'],
  [
    'a name that would be lost',
    { metadata: JSON.parse('{"a":1,"__proto__":{"b":2}}') as object },
    'invalid_event',
    'metadata.__proto__: cannot be stored under this name',
  ],
  ['unknown field', { tennant_id: 'acme' }, 'invalid_event', 'tennant_id: unknown field'],
  ['another tenant', { tenant_id: 'globex' }, 'tenant_mismatch', 'tenant_id: not the tenant of this credential'],
  ['unknown type', { type: 'order.shipped' }, 'unknown_type', 'type: not in the catalogue'],
  ['no subscription', { data: {} }, 'invalid_event', 'data.subscription: required'],
  ['nested', { data: { subscription: { id: 7 } } }, 'invalid_event', 'data.subscription.id: must be a string'],
])('%s is refused by name', (_name, change, code, message) => {
  const path = message.slice(0, message.indexOf(':'));
  expect(validateEvent({ ...created, ...change }, strict)).toEqual({ ok: false, error: { code, message, path } });
});

test.each([null, 1, 'x', true, []])('%j is not an event', (raw) => {
  expect(validateEvent(raw, open)).toMatchObject({
    ok: false,
    error: { code: 'invalid_event', message: 'must be an object' },
  });
});

test('a subject of 256 characters fits, however many bytes they take', () => {
  for (const character of ['x', 'é', '語', '🦊']) {
    expect(validateEvent({ ...created, subject: character.repeat(256) }, strict).ok).toBe(true);
    expect(validateEvent({ ...created, subject: character.repeat(257) }, strict).ok).toBe(false);
  }
});

test('an open tenant sends types of its own with any data, and catalogue types as the catalogue has them', () => {
  const own = { ...created, type: 'order.shipped', version: '3.7', data: { anything: [1, null] } };
  expect(validateEvent(own, open)).toMatchObject({ ok: true, value: own });
  expect(validateEvent({ ...created, data: {} }, open)).toMatchObject({
    ok: false,
    error: { message: 'data.subscription: required' },
  });
});

const shop = ProjectId.parse('shop');

describe.each([
  ['an event', validateEvent, created],
  ['user properties', validateUserProperties, { subject: 'cus_1', properties: {} }],
] as const)('the project of %s', (_name, validate, item) => {
  const bound = { ...strict, projectId: shop };

  test.each([
    ['filled in by the credential', item, bound, 'shop'],
    ['that of the credential', { ...item, project_id: 'shop' }, bound, 'shop'],
    ['taken as it is where the credential has none', { ...item, project_id: 'billing-eu' }, strict, 'billing-eu'],
    ['left out where there is none', item, strict, undefined],
  ])('is %s', (_case, raw, context, expected) => {
    const validated = validate(raw, context);
    expect(validated.ok && validated.value.project_id).toBe(expected);
  });

  test.each([
    ['other', bound, 'project_mismatch', 'project_id: not the project of this credential'],
    ['Shop!', strict, 'invalid_event', 'project_id: must be lower-case letters, digits and dashes'],
    ['x'.repeat(64), strict, 'invalid_event', 'project_id: must be lower-case letters, digits and dashes'],
    [7, bound, 'invalid_event', 'project_id: must be a string'],
    [null, strict, 'invalid_event', 'project_id: must be a string'],
  ])('%j is refused by name', (projectId, context, code, message) => {
    expect(validate({ ...item, project_id: projectId }, context)).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining(message), path: 'project_id' },
    });
  });
});

test('a key named __proto__ changes no prototype', () => {
  const raw: unknown = JSON.parse(
    '{"type":"a.b","timestamp":"2026-11-20T10:30:00Z","subject":"s","data":{"__proto__":{"x":1}}}',
  );
  const validated = validateEvent(raw, open);
  if (!validated.ok) throw new Error('refused');
  expect(JSON.stringify(validated.value.data)).toBe('{"__proto__":{"x":1}}');
  expect((validated.value.data as { x?: number }).x).toBeUndefined();
  expect(validateEvent(JSON.parse('{"__proto__":{"type":"a.b"}}'), open).ok).toBe(false);
});

test('nesting is bounded', () => {
  const nested = (levels: number): unknown => JSON.parse(`{"a":`.repeat(levels) + '1' + '}'.repeat(levels));
  const own = { ...created, type: 'a.b' };
  expect(validateEvent({ ...own, data: nested(100) }, open).ok).toBe(true);
  for (const levels of [101, 5_000]) {
    expect(validateEvent({ ...own, data: nested(levels) }, open)).toMatchObject({
      ok: false,
      error: { message: 'data: nested more than 100 levels deep' },
    });
  }
});

test('no JSON makes it throw, and what it accepts it accepts again', () => {
  const event = fc.record(
    {
      id: fc.oneof(fc.string(), fc.jsonValue()),
      type: fc.oneof(fc.constantFrom(...CATALOGUE.map(({ type }) => type), 'a.b'), fc.jsonValue()),
      timestamp: fc.oneof(fc.constant('2026-11-20T10:30:00Z'), fc.jsonValue()),
      subject: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      data: fc.jsonValue(),
      metadata: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const nearlyValid = fc.record(
    {
      id: fc.string({ minLength: 1 }),
      type: fc.constant('a.b'),
      timestamp: fc.constant('2026-11-20T10:30:00Z'),
      subject: fc.string({ minLength: 1 }),
      data: fc.dictionary(fc.string(), fc.jsonValue()),
      metadata: fc.dictionary(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: ['type', 'timestamp', 'subject', 'data'] },
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(event, nearlyValid, fc.jsonValue()), (raw) => {
      const validated = validateEvent(raw, open);
      if (validated.ok) accepted++;
      if (validated.ok) expect(validateEvent(validated.value, open)).toEqual(validated);
      else expect(validated.error.message).not.toBe('');
    }),
  );
  expect(accepted).toBeGreaterThan(0);
});

test('user properties: an id is made, and the time is the time of receipt', () => {
  const validated = validateUserProperties({ subject: 'cus_1', properties: { plan: 'premium', trial: null } }, strict);
  expect(validated).toEqual({
    ok: true,
    value: {
      id: expect.stringMatching(/^upr_/),
      subject: 'cus_1',
      properties: { plan: 'premium', trial: null },
      timestamp: receivedAt,
      received_at: receivedAt,
      tenant_id: 'acme',
    },
  });
});

test.each([
  [{ properties: {} }, 'subject: required'],
  [{ subject: '..', properties: {} }, 'subject: must not be "." or ".."'],
  [{ subject: 'a', properties: 1 }, 'properties: must be an object'],
  [{ subject: 'a' }, 'properties: must be an object'],
  [{ subject: 'a', properties: { ['x'.repeat(257)]: 1 } }, 'a property name has 1 to 256 characters'],
  [JSON.parse('{"subject":"a","properties":{"__proto__":1}}'), 'must not begin and end with "__"'],
  [{ subject: 'a', properties: {}, timestamp: 'now' }, 'timestamp: not an RFC 3339 date-time'],
  [{ subject: 'a', properties: {}, tenant_id: 'globex' }, 'tenant_id: not the tenant of this credential'],
  [{ subject: 'a', properties: {}, plan: 'x' }, 'plan: unknown field'],
])('user properties %j: %s', (raw, message) => {
  expect(validateUserProperties(raw, strict)).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining(message) },
  });
});
