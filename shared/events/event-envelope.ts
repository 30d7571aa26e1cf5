import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { z } from 'zod';
import { AttributeText, Subject } from './text.ts';
import { Timestamp } from './timestamp.ts';

export type JsonObject = Record<string, unknown>;

/** Any JSON object, taken as it is. */
export const JsonObject = z
  .custom<JsonObject>(isJsonObject, 'must be an object')
  .meta({ type: 'object', additionalProperties: true });

/** What the producer says about the event itself. Keys beyond the named ones are kept. */
const EventMetadata = z.looseObject({
  source: z.string().optional().meta({ description: 'The system the event comes from' }),
  idempotency_key: z.string().optional(),
});

/** Dotted lower case: at least two parts. */
export const EventType = z
  .string()
  .max(128, 'longer than 128 characters')
  .regex(/^[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)+$/, 'must be dotted lower case, such as "order.shipped"');

/** `major.minor` */
export const EventVersion = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,3})\.(?:0|[1-9]\d{0,3})$/, 'must be "major.minor", such as "1.0"');

const fields = {
  type: EventType,
  version: EventVersion,
  timestamp: Timestamp.meta({ description: 'When it happened' }),
  subject: AttributeText.meta({ description: 'Whom the event is about' }),
  correlation_id: AttributeText.optional(),
  data: JsonObject,
  metadata: EventMetadata.optional(),
};

/**
 * An event as a customer sends it. Fields other than these are refused: what would not be stored is not accepted.
 */
export const EventInput = z.strictObject({
  ...fields,
  subject: Subject.meta({ description: 'Whom the event is about' }),
  id: AttributeText.optional().meta({
    description: "The customer's idempotency key for the event. The server makes one where it is missing.",
  }),
  version: EventVersion.optional().meta({ default: '1.0' }),
  tenant_id: z.string().optional().meta({ description: "If present, it must be the caller's" }),
  project_id: ProjectId.optional().meta({
    description: "The tenant's project. A credential that is bound to one fills it in, and allows no other.",
  }),
  received_at: z.unknown().optional().meta({ description: 'Set by the server; ignored when sent' }),
});

export type EventInput = z.infer<typeof EventInput>;

/**
 * An event as it travels in a Pub/Sub message and is stored. Open to further fields: a message published by a newer
 * release must not be poison to an older one.
 */
export const EventEnvelope = z.looseObject({
  id: AttributeText,
  ...fields,
  received_at: Timestamp,
  tenant_id: TenantId,
  project_id: ProjectId.optional(),
});

/** {@link EventEnvelope}, its known fields. */
export interface EventEnvelope {
  readonly id: string;
  readonly type: string;
  readonly version: string;
  /** When it happened, by the producer's clock: RFC 3339. */
  readonly timestamp: string;
  /** When Headgate took it in: RFC 3339, UTC. */
  readonly received_at: string;
  readonly tenant_id: TenantId;
  readonly project_id?: ProjectId | undefined;
  readonly subject: string;
  readonly correlation_id?: string | undefined;
  readonly data: JsonObject;
  readonly metadata?: z.infer<typeof EventMetadata> | undefined;
}

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
