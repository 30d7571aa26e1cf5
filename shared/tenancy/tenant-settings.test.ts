import { expect, test } from 'vitest';
import { z } from 'zod';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { toFirestoreFields } from './firestore-fields.ts';
import { fromTenantDocument, InvalidTenantDocumentError, toTenantDocument } from './tenant-document.ts';
import { TenantSettings } from './tenant-settings.ts';

const rule = {
  id: 'retention_offer',
  on: ['subscription.cancelled'],
  when: "profile.properties.plan == 'premium' && counts['payment.failed'].last7d >= 2",
  decide: 'retention_offer',
  cooldown: '24h',
};

test('a tenant id is all that must be said', () => {
  expect(TenantSettings.parse({ tenantId: 'acme' })).toEqual({
    tenantId: 'acme',
    status: 'active',
    mode: 'strict',
    region: 'europe-west1',
    plan: 'standard',
    ordering: false,
    deduplication: 'none',
    subjectRetentionDays: 730,
    limits: {},
    issuers: [],
    members: [],
    eventTypes: [],
    batching: { maxMessages: 1000, maxBytes: 1_048_576, maxMilliseconds: 5 },
    rules: [],
  });
});

test.each([
  [{ mode: 'loose' }, 'mode'],
  [{ region: 'Europe' }, 'region'],
  [{ batching: { maxMessages: 1001 } }, 'batching.maxMessages'],
  [{ subjectRetentionDays: 39 }, 'subjectRetentionDays'],
  [{ colour: 'red' }, 'colour'],
  [{ rules: [{ ...rule, when: 'profile.properties.plan ==' }] }, 'rule retention_offer: Unexpected'],
  [{ rules: [{ ...rule, when: 'plan == 1' }] }, 'rules[0].when'],
  [{ rules: [{ ...rule, cooldown: 'a day' }] }, 'rules[0].cooldown'],
  [{ rules: [{ ...rule, cooldown: '400d' }] }, 'at most 366d'],
  [{ rules: [{ ...rule, on: [] }] }, 'rules[0].on'],
  [{ rules: [{ ...rule, params: { text: 'x'.repeat(5000) } }] }, 'rules[0].params'],
  [{ rules: [rule, rule] }, 'an id each of its own'],
])('%j is refused: %s', (settings, named) => {
  const result = TenantSettings.safeParse({ tenantId: 'acme', ...settings });
  expect(z.prettifyError(result.error!)).toContain(named);
});

test('settings survive the way to a Firestore document and back', () => {
  const settings = TenantSettings.parse({
    tenantId: 'acme',
    mode: 'open',
    rules: [
      { ...rule, params: { percent: 12.5, tiers: [[1, 2], [3]], __x__: null } },
      { ...rule, id: 'plain' },
    ],
  });
  expect(fromTenantDocument(TenantId.parse('acme'), toTenantDocument(settings))).toEqual(settings);
});

test.each([
  [{ tenantId: 'globex' }, 'tenantId: is globex'],
  [{ tenantId: 'acme', mode: 'loose' }, 'mode'],
  [{ tenantId: 'acme', rules: [{ ...rule, params: '{' }] }, 'params'],
  [{}, 'tenantId'],
])('the document %j is refused: %s', (document, named) => {
  expect(() => fromTenantDocument(TenantId.parse('acme'), document)).toThrow(InvalidTenantDocumentError);
  expect(() => fromTenantDocument(TenantId.parse('acme'), document)).toThrow(named);
});

test('fields in the JSON of Value protos', () => {
  const fields = toFirestoreFields({ a: 'x', b: 1, c: 1.5, d: true, e: null, f: ['y'], g: { h: new Date(0) } });
  expect(JSON.parse(fields)).toEqual({
    a: { stringValue: 'x' },
    b: { integerValue: '1' },
    c: { doubleValue: 1.5 },
    d: { booleanValue: true },
    e: { nullValue: null },
    f: { arrayValue: { values: [{ stringValue: 'y' }] } },
    g: { mapValue: { fields: { h: { timestampValue: '1970-01-01T00:00:00.000Z' } } } },
  });
});
