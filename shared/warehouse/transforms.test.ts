import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import { encodeEventMessage, encodeUserPropertiesMessage, type StreamMessage } from '#shared/events/messages.ts';
import type { Validated } from '#shared/events/problems.ts';
import type { UserProperties } from '#shared/events/user-properties.ts';
import { validateEvent, validateUserProperties } from '#shared/events/validate.ts';
import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import {
  DECISIONS_TABLE,
  EVENTS_TABLE,
  FAILED_EVENTS_TABLE,
  USER_PROPERTIES_TABLE,
  WAREHOUSE_TABLES,
  type WarehouseTable,
} from './tables.ts';
import { TRANSFORM_CODE } from './transform-code.ts';

interface Message {
  data: unknown;
  attributes: Record<string, string>;
}

/** The script alone, with nothing of Node, as Pub/Sub runs it. */
const context = createContext(Object.create(null) as object);
runInContext(TRANSFORM_CODE, context, { timeout: 500 });

function transform(table: WarehouseTable, message: Partial<Message>, metadata: Record<string, string> = {}): Message {
  const call = `${table.transform}(${JSON.stringify(message)}, ${JSON.stringify(metadata)})`;
  return runInContext(call, context, { timeout: 500 }) as Message;
}

function row(table: WarehouseTable, message: Partial<Message>, metadata?: Record<string, string>): unknown {
  const { data } = transform(table, message, metadata);
  return JSON.parse(data as string);
}

const EVENT = {
  id: 'evt_1',
  type: 'payment.failed',
  version: '1.0',
  timestamp: '2026-11-20T10:30:00.123456789+01:00',
  received_at: '2026-11-20T09:30:01.000Z',
  tenant_id: 'acme',
  subject: 'cus_1',
  correlation_id: 'corr_1',
  data: { payment: { amount: 1.5, note: 'naïve 😀' } },
  metadata: { source: 'billing', extra: [1] },
};

const SENT = { type: 'order.placed', timestamp: '2026-11-20T10:30:00Z', subject: 'cus_1', data: {} };

describe('events', () => {
  test('an envelope becomes a row', () => {
    expect(row(EVENTS_TABLE, { data: JSON.stringify(EVENT), attributes: { a: 'b' } })).toEqual({
      event_id: 'evt_1',
      type: 'payment.failed',
      version: '1.0',
      timestamp: '2026-11-20T10:30:00.123456+01:00',
      received_at: '2026-11-20T09:30:01.000Z',
      tenant_id: 'acme',
      subject: 'cus_1',
      correlation_id: 'corr_1',
      source: 'billing',
      data: '{"payment":{"amount":1.5,"note":"naïve 😀"}}',
      metadata: '{"source":"billing","extra":[1]}',
    });
  });

  test.each(CATALOGUE.map(({ type, version, example }) => ({ type, version, example })))(
    '$type $version as ingest encodes it',
    ({ type, version, example }) => {
      const event = validateEvent(
        { type, version, timestamp: '2026-11-20T10:30:00Z', ...example },
        { tenantId: TenantId.parse('acme'), mode: 'strict', receivedAt: '2026-11-20T10:30:01.000Z' },
      );
      if (!event.ok) throw new Error(JSON.stringify(event));
      const { data, attributes } = encodeEventMessage(event.value);
      const made = row(EVENTS_TABLE, { data: data.toString(), attributes }) as Record<string, string>;
      expect(made).toMatchObject({ event_id: event.value.id, type, version: event.value.version, tenant_id: 'acme' });
      expect(JSON.parse(made.data!)).toEqual(event.value.data);
    },
  );

  test('attributes stay for the metadata column', () => {
    const message = { data: JSON.stringify(EVENT), attributes: { event_id: 'evt_1' } };
    expect(transform(EVENTS_TABLE, message).attributes).toEqual({ event_id: 'evt_1' });
  });

  test('what is optional may be missing, what is unknown is left out', () => {
    const { correlation_id: _, metadata: __, ...rest } = EVENT;
    const made = row(EVENTS_TABLE, { data: JSON.stringify({ ...rest, added_in_2_0: true }) });
    expect(Object.keys(made as object).sort()).toEqual(
      ['data', 'event_id', 'received_at', 'subject', 'tenant_id', 'timestamp', 'type', 'version'].sort(),
    );
  });

  test.each([
    ['\u0000\uFFFD', /^data: not JSON/],
    ['[1]', /^data: not a JSON object/],
    ['null', /^data: not a JSON object/],
    [JSON.stringify({ ...EVENT, id: '' }), /^id: /],
    [JSON.stringify({ ...EVENT, timestamp: 'yesterday' }), /^timestamp: /],
    [JSON.stringify({ ...EVENT, received_at: undefined }), /^received_at: /],
    [JSON.stringify({ ...EVENT, data: 'text' }), /^data: must be an object/],
  ])('%j is refused by name', (data, message) => {
    expect(() => transform(EVENTS_TABLE, { data, attributes: {} })).toThrow(message);
  });
});

test('a change of user properties becomes a row', () => {
  const change = {
    id: 'evt_2',
    subject: 'cus_1',
    properties: { plan: 'premium', old: null },
    timestamp: '2026-11-20t10:30:00z',
    tenant_id: 'acme',
    received_at: '2026-11-20T10:30:01Z',
  };
  expect(row(USER_PROPERTIES_TABLE, { data: JSON.stringify(change) })).toEqual({
    event_id: 'evt_2',
    subject: 'cus_1',
    properties: '{"plan":"premium","old":null}',
    timestamp: '2026-11-20T10:30:00Z',
    tenant_id: 'acme',
    received_at: '2026-11-20T10:30:01Z',
  });
});

test('a decision becomes a row', () => {
  const decision = {
    id: 'dec_1',
    tenant_id: 'acme',
    subject: 'cus_1',
    rule: 'retention_offer',
    decide: 'retention_offer',
    params: { discount: 20 },
    event_id: 'evt_1',
    event_type: 'subscription.cancelled',
    decided_at: '2026-11-20T10:30:01.5Z',
    project_id: 'shop',
  };
  expect(row(DECISIONS_TABLE, { data: JSON.stringify(decision) })).toEqual({
    project_id: 'shop',
    decision_id: 'dec_1',
    tenant_id: 'acme',
    subject: 'cus_1',
    rule: 'retention_offer',
    decision: 'retention_offer',
    params: '{"discount":20}',
    event_id: 'evt_1',
    event_type: 'subscription.cancelled',
    decided_at: '2026-11-20T10:30:01.5Z',
  });
});

describe('failed events', () => {
  const publishedAt = { publish_time: '2026-11-20T10:30:00Z' };

  test('what decide gave up on carries its own reason', () => {
    const attributes = {
      event_id: 'evt_1',
      tenant_id: 'globex',
      reason: 'tenant_id: not acme',
      source_subscription: 'projects/p/subscriptions/acme.user-properties.decide',
      delivery_attempt: '3',
    };
    expect(row(FAILED_EVENTS_TABLE, { data: '{}', attributes }, publishedAt)).toEqual({
      event_id: 'evt_1',
      tenant_id: 'acme',
      stream: 'user-properties',
      source_subscription: 'acme.user-properties.decide',
      reason: 'tenant_id: not acme',
      delivery_attempts: 3,
      data: '{}',
      failed_at: '2026-11-20T10:30:00Z',
    });
  });

  test('what was never published has no subscription', () => {
    const attributes = { event_id: 'evt_1', tenant_id: 'acme', reason: 'refused', source_topic: 'acme.events' };
    expect(row(FAILED_EVENTS_TABLE, { data: '{}', attributes }, publishedAt)).toEqual({
      event_id: 'evt_1',
      tenant_id: 'acme',
      stream: 'events',
      reason: 'refused',
      data: '{}',
      failed_at: '2026-11-20T10:30:00Z',
    });
  });

  test.each([
    [{ CloudPubSubDeadLetterSourceDeliveryErrorMessage: 'data: not JSON' }, 'data: not JSON'],
    [{}, 'not acknowledged by acme.events.warehouse in 10 deliveries'],
  ])('what Pub/Sub gave up on: %j', (attributes, reason) => {
    const message = {
      data: JSON.stringify(EVENT),
      attributes: {
        CloudPubSubDeadLetterSourceSubscription: 'acme.events.warehouse',
        CloudPubSubDeadLetterSourceDeliveryCount: '10',
        ...attributes,
      },
    };
    expect(row(FAILED_EVENTS_TABLE, message, publishedAt)).toMatchObject({
      event_id: 'evt_1',
      tenant_id: 'acme',
      stream: 'events',
      source_subscription: 'acme.events.warehouse',
      reason,
      delivery_attempts: 10,
    });
  });

  test('bytes are kept as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const made = row(FAILED_EVENTS_TABLE, { data: [...bytes], attributes: {} });
        expect(made).toMatchObject({ data: Buffer.from(bytes).toString('base64') });
      }),
    );
  });

  test('huge data is cut between characters', () => {
    const made = row(FAILED_EVENTS_TABLE, { data: `a${'😀'.repeat(600_000)}` }) as { data: string };
    expect(made.data).toHaveLength(999_999);
    expect(made.data.isWellFormed()).toBe(true);
  });

  test('no message makes it fail', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.string()),
        (data, attributes) => {
          const made = row(FAILED_EVENTS_TABLE, { data, attributes }) as Record<string, unknown>;
          expect(made.reason).toEqual(expect.any(String));
          expect(made.failed_at).toEqual(expect.any(String));
        },
      ),
    );
    expect(row(FAILED_EVENTS_TABLE, {})).toMatchObject({ data: '' });
    expect(row(FAILED_EVENTS_TABLE, { data: { length: -1 } })).toMatchObject({ data: '{"length":-1}' });
    expect(row(FAILED_EVENTS_TABLE, { data: { length: 2 ** 40 } })).toMatchObject({ data: '{"length":1099511627776}' });
  });
});

describe('project_id', () => {
  const shop = { projectId: ProjectId.parse('shop') };
  const context = { tenantId: TenantId.parse('acme'), receivedAt: '2026-11-20T10:30:01.000Z', ...shop };

  test.each<[string, WarehouseTable, Validated<EventEnvelope | UserProperties>, (item: never) => StreamMessage]>([
    ['an event', EVENTS_TABLE, validateEvent(SENT, { ...context, mode: 'open' }), encodeEventMessage],
    [
      'user properties',
      USER_PROPERTIES_TABLE,
      validateUserProperties({ subject: 'cus_1', properties: {} }, context),
      encodeUserPropertiesMessage,
    ],
  ])('of %s goes from the credential to the row, and to that of its dead letter', (_name, table, item, encode) => {
    if (!item.ok) throw new Error(JSON.stringify(item));
    const { data, attributes } = encode(item.value as never);
    expect(row(table, { data: data.toString(), attributes })).toMatchObject({ project_id: 'shop' });
    for (const left of [attributes, {}]) {
      const dead = row(FAILED_EVENTS_TABLE, { data: data.toString(), attributes: left });
      expect(dead).toMatchObject({ event_id: item.value.id, project_id: 'shop' });
    }
  });

  test.each(WAREHOUSE_TABLES)('$tableId has a column of it, which may be empty', ({ columns }) => {
    expect(columns.find(({ name }) => name === 'project_id')).toMatchObject({ type: 'STRING', mode: 'NULLABLE' });
  });

  test('which is not text is left out', () => {
    for (const table of [EVENTS_TABLE, FAILED_EVENTS_TABLE]) {
      expect(row(table, { data: JSON.stringify({ ...EVENT, project_id: 7 }) })).not.toHaveProperty('project_id');
    }
  });
});

test('a row has only columns of its table, and every required one', () => {
  const samples = new Map<WarehouseTable, object>([
    [EVENTS_TABLE, EVENT],
    [USER_PROPERTIES_TABLE, { ...EVENT, properties: {} }],
    [DECISIONS_TABLE, { ...EVENT, rule: 'r', decide: 'd', event_id: 'e', params: {}, decided_at: EVENT.timestamp }],
    [FAILED_EVENTS_TABLE, EVENT],
  ]);
  for (const table of WAREHOUSE_TABLES) {
    const keys = Object.keys(row(table, { data: JSON.stringify(samples.get(table)) }) as object);
    const names = table.columns.map((column) => column.name);
    expect(names).toEqual(expect.arrayContaining(keys));
    expect(names).toEqual(expect.arrayContaining([table.partitionBy, ...table.clusterBy]));
    const requiredNames = table.columns.filter((column) => column.mode === 'REQUIRED').map((column) => column.name);
    expect(keys).toEqual(expect.arrayContaining(requiredNames));
  }
});

test('the script fits into what Pub/Sub takes', () => {
  expect(Buffer.byteLength(TRANSFORM_CODE)).toBeLessThan(20_000);
});
