import { ProjectId } from '#shared/naming/project-id.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { z } from 'zod';
import { JsonObject } from './event-envelope.ts';
import { AttributeText, Subject } from './text.ts';
import { Timestamp } from './timestamp.ts';

/** Firestore reserves field names between double underscores; `__proto__` is one of them. */
const RESERVED_NAME = /^__.*__$/s;

const Properties = JsonObject.superRefine((properties, context) => {
  for (const name of Object.keys(properties)) {
    const reason = refusalOfName(name);
    if (reason !== undefined) context.addIssue({ code: 'custom', message: reason, path: [name] });
  }
}).meta({
  type: 'object',
  additionalProperties: true,
  description: 'Properties to set. Those not named stay as they are; null deletes one.',
});

/** A change of a subject's properties as a customer sends it. */
export const UserPropertiesInput = z.strictObject({
  subject: Subject.meta({ description: 'Whose properties these are' }),
  properties: Properties,
  timestamp: Timestamp.optional().meta({ description: 'Since when they hold; the time of receipt if missing' }),
  id: AttributeText.optional().meta({ description: 'Idempotency key. The server makes one where it is missing.' }),
  tenant_id: z.string().optional().meta({ description: "If present, it must be the caller's" }),
  project_id: ProjectId.optional().meta({
    description: "The tenant's project. A credential that is bound to one fills it in, and allows no other.",
  }),
  received_at: z.unknown().optional().meta({ description: 'Set by the server; ignored when sent' }),
});

/** A change of a subject's properties as it travels in a Pub/Sub message. Open to further fields, as an event is. */
export const UserProperties = z.looseObject({
  id: AttributeText,
  subject: AttributeText,
  properties: Properties,
  timestamp: Timestamp,
  received_at: Timestamp,
  tenant_id: TenantId,
  project_id: ProjectId.optional(),
});

/** {@link UserProperties}, its known fields. */
export interface UserProperties {
  readonly id: string;
  readonly subject: string;
  /** A `null` value deletes the property; properties not named stay as they are. */
  readonly properties: JsonObject;
  readonly timestamp: string;
  readonly received_at: string;
  readonly tenant_id: TenantId;
  readonly project_id?: ProjectId | undefined;
}

function refusalOfName(name: string): string | undefined {
  if (name.length === 0 || name.length > 256) return 'a property name has 1 to 256 characters';
  if (RESERVED_NAME.test(name)) return 'a property name must not begin and end with "__"';
  return undefined;
}
