import { randomUUID } from 'node:crypto';

/** An event as a customer posts it, with sensible values: override what the test is about. */
export function anEvent(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `evt_${randomUUID()}`,
    type: 'order.placed',
    version: '1.0',
    timestamp: new Date().toISOString(),
    subject: 'cus_1',
    data: { total: 42 },
    ...overrides,
  };
}
