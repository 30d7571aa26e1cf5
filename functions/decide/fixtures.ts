import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import type { UserProperties } from '#shared/events/user-properties.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';

export const ACME = TenantId.parse('acme');

/** The moment at which tests happen. */
export const NOW_MS = Date.parse('2026-11-20T12:00:00.000Z');

export const RETENTION_OFFER = {
  id: 'retention_offer',
  on: ['subscription.cancelled'],
  when: "profile.properties.plan == 'premium' && counts['payment.failed'].last7d >= 2",
  decide: 'retention_offer',
  params: { percent: 30 },
  cooldown: '24h',
};

export function someSettings(rules: readonly object[] = [RETENTION_OFFER]): TenantSettings {
  return TenantSettings.parse({ tenantId: ACME, mode: 'open', rules });
}

let ids = 0;

/** An event of now, accepted at once. */
export function someEvent(overrides: Partial<EventEnvelope> = {}): EventEnvelope {
  return {
    id: `evt_${(ids += 1)}`,
    type: 'payment.failed',
    version: '1.0',
    timestamp: overrides.received_at ?? new Date(NOW_MS).toISOString(),
    received_at: overrides.timestamp ?? new Date(NOW_MS).toISOString(),
    tenant_id: ACME,
    subject: 'cus_1',
    data: {},
    ...overrides,
  };
}

/** A change of properties of now, accepted at once. */
export function someProperties(overrides: Partial<UserProperties> = {}): UserProperties {
  return {
    id: `upr_${(ids += 1)}`,
    subject: 'cus_1',
    properties: { plan: 'premium' },
    timestamp: overrides.received_at ?? new Date(NOW_MS).toISOString(),
    received_at: overrides.timestamp ?? new Date(NOW_MS).toISOString(),
    tenant_id: ACME,
    ...overrides,
  };
}

/** RFC 3339, `ms` after {@link NOW_MS}. */
export function after(ms: number): string {
  return new Date(NOW_MS + ms).toISOString();
}
