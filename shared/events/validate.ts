import type { ProjectId } from '#shared/naming/project-id.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { type AsIs, asIs } from '#shared/validation/as-is.ts';
import type { z } from 'zod';
import { isWithinDepth } from './depth.ts';
import { type EventEnvelope, EventInput } from './event-envelope.ts';
import { type EventError, reasonOf, refusal, refusalOfIssues, type Validated } from './problems.ts';
import type { RegisteredType } from './tenant-types/registered-type.ts';
import { understand } from './understand.ts';
import { uuidv7 } from './uuid.ts';
import { type UserProperties, UserPropertiesInput } from './user-properties.ts';

/** What a request brings to each of its events. */
export interface ReceiptContext {
  readonly tenantId: TenantId;
  /** `open`: types outside the catalogue pass with any `data`. `strict`: the catalogue and registered types only. */
  readonly mode: 'open' | 'strict';
  /** Types of the tenant's own, in either mode. The same list for the same settings: what is compiled of it is kept with it. */
  readonly eventTypes?: readonly RegisteredType[] | undefined;
  /** What the credential is bound to: an event without one gets it, and one of another is refused. */
  readonly projectId?: ProjectId | undefined;
  /** Makes an id for what came without one. Default: of a UUIDv7. */
  readonly makeId?: ((prefix: 'evt_' | 'upr_') => string) | undefined;
  /** RFC 3339, UTC; the same for every event of a request. */
  readonly receivedAt: string;
}

const DEFAULT_VERSION = '1.0';
const parseParams = { error: reasonOf };
const isEventInput = asIs(EventInput);
const isUserPropertiesInput = asIs(UserPropertiesInput);

/**
 * Deeper nesting than this is refused: BigQuery stops at 500 levels, and whoever reads the event later should not have to
 * guard its stack.
 */
const MAX_DEPTH = 100;

/**
 * Decides whether `raw`, parsed JSON of any shape, is an event that `context`'s tenant may send. Never throws.
 *
 * @returns the event as it will be stored (an id made where there was none, the version filled in, `received_at` and
 *   `tenant_id` set), or the first thing that is wrong with it, by field.
 */
export function validateEvent(raw: unknown, context: ReceiptContext): Validated<EventEnvelope> {
  const parsed = parse(raw, EventInput, isEventInput);
  if (!parsed.ok) return parsed;
  const input = parsed.value;
  const version = input.version ?? DEFAULT_VERSION;
  const refused =
    refusalOfTenant(input.tenant_id, context.tenantId) ??
    refusalOfProject(input.project_id, context.projectId) ??
    refusalOfLostMetadata(raw) ??
    refusalOfDepth('data', input.data) ??
    refusalOfDepth('metadata', input.metadata);
  if (refused !== undefined) return refused;
  const understood = understand(input.type, version, input.data, context);
  if (!understood.ok) return understood;
  const { data, upcastFrom } = understood.value;
  return {
    ok: true,
    value: {
      id: input.id ?? (context.makeId ?? makeUuid)('evt_'),
      type: input.type,
      version: understood.value.version,
      timestamp: input.timestamp,
      received_at: context.receivedAt,
      tenant_id: context.tenantId,
      project_id: context.projectId ?? input.project_id,
      subject: input.subject,
      correlation_id: input.correlation_id,
      data,
      metadata: upcastFrom === undefined ? input.metadata : { ...input.metadata, upcast_from: upcastFrom },
    },
  };
}

/** The same for a change of a subject's properties. */
export function validateUserProperties(
  raw: unknown,
  context: Omit<ReceiptContext, 'mode' | 'eventTypes'>,
): Validated<UserProperties> {
  const parsed = parse(raw, UserPropertiesInput, isUserPropertiesInput);
  if (!parsed.ok) return parsed;
  const input = parsed.value;
  const refused =
    refusalOfTenant(input.tenant_id, context.tenantId) ??
    refusalOfProject(input.project_id, context.projectId) ??
    refusalOfDepth('properties', input.properties);
  if (refused !== undefined) return refused;
  return {
    ok: true,
    value: {
      id: input.id ?? (context.makeId ?? makeUuid)('upr_'),
      subject: input.subject,
      properties: input.properties,
      timestamp: input.timestamp ?? context.receivedAt,
      received_at: context.receivedAt,
      tenant_id: context.tenantId,
      project_id: context.projectId ?? input.project_id,
    },
  };
}

function parse<Input>(raw: unknown, schema: z.ZodType<Input>, isInput: AsIs<Input>): Validated<Input> {
  if (isInput(raw)) return { ok: true, value: raw };
  const parsed = schema.safeParse(raw, parseParams);
  return parsed.success ? { ok: true, value: parsed.data } : refusalOfIssues(parsed.error);
}

function makeUuid(prefix: string): string {
  return `${prefix}${uuidv7()}`;
}

type Refusal = { readonly ok: false; readonly error: EventError };

function refusalOfTenant(tenantId: string | undefined, callersTenantId: TenantId): Refusal | undefined {
  if (tenantId === undefined || tenantId === callersTenantId) return undefined;
  return refusal('tenant_mismatch', 'tenant_id', 'not the tenant of this credential');
}

function refusalOfProject(
  projectId: ProjectId | undefined,
  callersProjectId: ProjectId | undefined,
): Refusal | undefined {
  if (projectId === undefined || callersProjectId === undefined || projectId === callersProjectId) return undefined;
  return refusal('project_mismatch', 'project_id', 'not the project of this credential');
}

/** Of metadata, which is copied, zod leaves this one name out: what would not be stored is not accepted. */
function refusalOfLostMetadata(raw: unknown): Refusal | undefined {
  const { metadata } = raw as { readonly metadata?: object };
  if (metadata === undefined || !Object.hasOwn(metadata, '__proto__')) return undefined;
  return refusal('invalid_event', 'metadata.__proto__', 'cannot be stored under this name');
}

function refusalOfDepth(path: string, value: unknown): Refusal | undefined {
  return isWithinDepth(value, MAX_DEPTH)
    ? undefined
    : refusal('invalid_event', path, `nested more than ${MAX_DEPTH} levels deep`);
}
