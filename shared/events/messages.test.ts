import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { expect, test } from 'vitest';
import {
  decodeDecisionMessage,
  decodeEventMessage,
  decodeUserPropertiesMessage,
  encodeDecisionMessage,
  encodeEventMessage,
  encodeUserPropertiesMessage,
  MessageDecodeError,
} from './messages.ts';

const tenantId = TenantId.parse('acme');
const shop = ProjectId.parse('shop');
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const event = {
  id: 'evt_1',
  type: 'subscription.created',
  version: '1.0',
  timestamp: '2026-11-20T10:30:00Z',
  received_at: '2026-11-20T10:30:01.000Z',
  tenant_id: tenantId,
  subject: 'cus_1',
  correlation_id: 'corr_1',
  data: { note: 'naïve \u2028 🦊' },
};

const properties = {
  id: 'upr_1',
  subject: 'cus_1',
  properties: { plan: 'premium', trial: null },
  timestamp: '2026-11-20T10:30:00Z',
  received_at: '2026-11-20T10:30:01.000Z',
  tenant_id: tenantId,
};

const decision = {
  id: 'dec_1',
  tenant_id: tenantId,
  subject: 'cus_1',
  rule: 'retention_offer',
  decide: 'retention_offer',
  params: { percent: 30 },
  event_id: 'evt_1',
  event_type: 'subscription.cancelled',
  decided_at: '2026-11-20T10:30:02.000Z',
};

test('an event goes there and back, its attributes beside it', () => {
  const message = encodeEventMessage(event, { traceparent });
  expect(decodeEventMessage(message)).toEqual(event);
  expect(message).toEqual({
    data: Buffer.from(JSON.stringify(event)),
    attributes: {
      event_id: 'evt_1',
      type: 'subscription.created',
      version: '1.0',
      tenant_id: 'acme',
      subject: 'cus_1',
      correlation_id: 'corr_1',
      received_at: '2026-11-20T10:30:01.000Z',
      googclient_traceparent: traceparent,
    },
  });
});

test('attributes that an event has no value for are left out', () => {
  const { attributes } = encodeEventMessage({ ...event, correlation_id: undefined });
  expect(Object.keys(attributes)).toEqual(['event_id', 'type', 'version', 'tenant_id', 'subject', 'received_at']);
});

test('the ordering key is the subject, where ordering is asked for', () => {
  expect(encodeEventMessage(event, { ordering: true }).orderingKey).toBe('cus_1');
  expect(encodeUserPropertiesMessage(properties, { ordering: true }).orderingKey).toBe('cus_1');
  expect('orderingKey' in encodeEventMessage(event)).toBe(false);
});

test('user properties and decisions go there and back', () => {
  expect(decodeUserPropertiesMessage(encodeUserPropertiesMessage(properties))).toEqual(properties);
  const message = encodeDecisionMessage(decision);
  expect(decodeDecisionMessage(message)).toEqual(decision);
  expect(message.attributes).toEqual({
    decision_id: 'dec_1',
    tenant_id: 'acme',
    rule: 'retention_offer',
    subject: 'cus_1',
    event_id: 'evt_1',
  });
});

test('a field that a newer release added is kept', () => {
  const data = Buffer.from(JSON.stringify({ ...event, priority: 'high' }));
  expect(decodeEventMessage({ data })).toEqual({ ...event, priority: 'high' });
});

test.each([
  ['an event', { ...event, project_id: shop }, encodeEventMessage, decodeEventMessage],
  ['user properties', { ...properties, project_id: shop }, encodeUserPropertiesMessage, decodeUserPropertiesMessage],
  ['a decision', { ...decision, project_id: shop }, encodeDecisionMessage, decodeDecisionMessage],
])('the project of %s is in the message, and an attribute of it', (_name, content, encode, decode) => {
  const message = encode(content as never);
  expect(message.attributes).toMatchObject({ project_id: 'shop', tenant_id: 'acme' });
  expect(decode(message)).toEqual(content);
});

test.each([
  [Buffer.from([0xff, 0xfe]), 'data: not UTF-8'],
  [Buffer.from('{'), 'data: not JSON'],
  [Buffer.from(''), 'data: not JSON'],
  [Buffer.from('[]'), 'must be an object'],
  [Buffer.from(JSON.stringify({ ...event, tenant_id: 'Acme!' })), 'tenant_id: must be 3 to 30'],
  [Buffer.from(JSON.stringify({ ...event, received_at: undefined })), 'received_at: required'],
])('%j cannot be decoded, and the error says why', (data, reason) => {
  expect(() => decodeEventMessage({ data })).toThrow(MessageDecodeError);
  expect(() => decodeEventMessage({ data })).toThrow(reason);
});
