import { z } from 'zod';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { FirestoreData } from './firestore-fields.ts';
import { TenantSettings } from './tenant-settings.ts';

/** A tenant's document does not hold valid settings. The message names every field that is wrong. */
export class InvalidTenantDocumentError extends Error {
  override readonly name = 'InvalidTenantDocumentError';
}

/**
 * The fields of `tenants/{tenant}`. A rule's `params` and an event type's `schema` are JSON text there, because they may
 * hold what Firestore cannot: arrays of arrays, and keys of the form `__key__`.
 */
export function toTenantDocument(settings: TenantSettings): { readonly [field: string]: FirestoreData } {
  const { limits, issuers, members, eventTypes, ...rest } = settings;
  return {
    ...rest,
    limits: withoutUndefined(limits),
    issuers: issuers.map(withoutUndefined),
    members: members.map(withoutUndefined),
    eventTypes: eventTypes.map(({ schema, ...type }) => ({ ...type, schema: JSON.stringify(schema) })),
    rules: settings.rules.map(({ params, cooldown, ...rule }) => ({
      ...rule,
      ...(params === undefined ? {} : { params: JSON.stringify(params) }),
      ...(cooldown === undefined ? {} : { cooldown }),
    })),
  };
}

/** @throws {InvalidTenantDocumentError} when the document is not what {@link toTenantDocument} made for `tenantId`. */
export function fromTenantDocument(tenantId: TenantId, document: Readonly<Record<string, unknown>>): TenantSettings {
  const { rules, eventTypes } = document;
  const result = TenantSettings.safeParse({
    ...document,
    ...(Array.isArray(rules) ? { rules: rules.map((rule) => withParsed(rule, 'params')) } : {}),
    ...(Array.isArray(eventTypes) ? { eventTypes: eventTypes.map((type) => withParsed(type, 'schema')) } : {}),
  });
  if (!result.success) throw new InvalidTenantDocumentError(`tenants/${tenantId}: ${z.prettifyError(result.error)}`);
  if (result.data.tenantId !== tenantId) {
    throw new InvalidTenantDocumentError(`tenants/${tenantId}: tenantId: is ${result.data.tenantId}`);
  }
  return result.data;
}

/** What is not JSON stays text, which the schema then refuses by name. */
function withParsed(item: unknown, field: string): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const text = (item as Record<string, unknown>)[field];
  if (typeof text !== 'string') return item;
  try {
    return { ...item, [field]: JSON.parse(text) as unknown };
  } catch {
    return item;
  }
}

/** Firestore has no place for a field without a value. */
function withoutUndefined<T extends object>(map: T): { [Field in keyof T]: Exclude<T[Field], undefined> } {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as {
    [Field in keyof T]: Exclude<T[Field], undefined>;
  };
}
