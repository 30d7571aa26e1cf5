import { encodeEventMessage, type StreamMessage } from '#shared/events/messages.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { sampleEvents } from '../ingest/sample-events.ts';

/** Of a type of their own: an event that a rule looks at in vain waits in its profile for what may still arrive, which costs. */
const DECIDED_TYPE = 'bench.decided';

/** Decides about the events that are made to be decided about, and looks at no other. */
export const RULE = {
  id: 'bench',
  on: [DECIDED_TYPE],
  when: 'true',
  decide: 'seen',
};

/** What the events of one load are like. */
export interface Shape {
  /** Told apart from those of other loads. */
  readonly name: string;
  readonly count: number;
  readonly subjectOf: (index: number) => string;
  readonly isDecided: (index: number) => boolean;
}

/** The events of a load, in order. `index` of an event is the number after the last dash of its id. */
export function eventsOf({ name, count, subjectOf, isDecided }: Shape) {
  return sampleEvents(count).map((event, index) => ({
    ...event,
    id: `${name}-${index}`,
    subject: subjectOf(index),
    ...(isDecided(index) && { type: DECIDED_TYPE }),
  }));
}

/** The messages that `ingest` makes of them, received now. */
export function messagesOf(shape: Shape, tenantOf: (index: number) => TenantId): StreamMessage[] {
  const received_at = new Date().toISOString();
  return eventsOf(shape).map((event, index) =>
    encodeEventMessage({ ...event, tenant_id: tenantOf(index), received_at }),
  );
}

/** Where in its load an event is. */
export function indexIn(eventId: string): number {
  return Number(eventId.slice(eventId.lastIndexOf('-') + 1));
}
