import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { z } from 'zod';
import { JsonObject } from './event-envelope.ts';
import { AttributeText } from './text.ts';
import { Timestamp } from './timestamp.ts';

/** What a tenant's rule decided about a subject, as it travels in a Pub/Sub message. */
export const Decision = z.looseObject({
  id: AttributeText,
  tenant_id: TenantId,
  /** That of the event. */
  project_id: ProjectId.optional(),
  subject: AttributeText,
  /** The rule's id. */
  rule: AttributeText,
  /** The rule's verdict, for instance `retention_offer`. */
  decide: z.string(),
  params: JsonObject.optional(),
  event_id: AttributeText,
  event_type: z.string(),
  decided_at: Timestamp,
});

/** {@link Decision}, its known fields. */
export interface Decision {
  readonly id: string;
  readonly tenant_id: TenantId;
  readonly project_id?: ProjectId | undefined;
  readonly subject: string;
  readonly rule: string;
  readonly decide: string;
  readonly params?: JsonObject | undefined;
  /** The event that made the rule fire. */
  readonly event_id: string;
  readonly event_type: string;
  readonly decided_at: string;
}
