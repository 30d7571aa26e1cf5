import { encodeEventMessage } from '#shared/events/messages.ts';
import type { StreamMessage } from '#shared/events/messages.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

/** Enough to be no single one; every connection of the load generator keeps a copy of all. */
const BODIES = 4;

/**
 * Events of the catalogue as a customer sends them, about 400 bytes each. Without an id: the server makes one, so that a
 * body which is sent again and again is never a duplicate.
 */
export function sampleEvents(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const number = String(1_000_000_000 + index);
    return {
      type: 'subscription.created',
      version: '1.0',
      timestamp: '2026-11-20T10:30:00Z',
      subject: `cus_${number}`,
      correlation_id: `corr_${number}`,
      data: {
        subscription: {
          id: `sub_${number}`,
          customer_id: `cus_${number}`,
          status: 'active',
          plan: 'premium',
          amount: 49,
          currency: 'EUR',
          interval: 'month',
          current_period_start: '2026-11-20T10:30:00Z',
        },
      },
      metadata: { source: 'subscription-service' },
    };
  });
}

/** Request bodies of so many events each, all different. */
export function sampleBodies(eventsPerRequest: number): string[] {
  const events = sampleEvents(BODIES * eventsPerRequest);
  return Array.from({ length: BODIES }, (_, index) => {
    const own = events.slice(index * eventsPerRequest, (index + 1) * eventsPerRequest);
    return JSON.stringify(eventsPerRequest === 1 ? own[0] : own);
  });
}

/** The messages that Headgate makes of the same events. */
export function sampleMessages(count: number, tenant: TenantId): StreamMessage[] {
  return sampleEvents(count).map((event, index) =>
    encodeEventMessage({
      ...event,
      id: `evt_01900000-0000-7000-8000-${String(index).padStart(12, '0')}`,
      tenant_id: tenant,
      received_at: '2026-11-20T10:30:00.123Z',
    }),
  );
}
