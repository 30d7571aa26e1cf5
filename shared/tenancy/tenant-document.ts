import { z } from 'zod';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { FirestoreData } from './firestore-fields.ts';
import { TenantSettings } from './tenant-settings.ts';

/** A tenant's document does not hold valid settings. The message names every field that is wrong. */
export class InvalidTenantDocumentError extends Error {
  override readonly name = 'InvalidTenantDocumentError';
}

/**
 * The fields of `tenants/{tenant}`. A rule's `params` are JSON text there, because they may hold what Firestore cannot:
 * arrays of arrays, and keys of the form `__key__`.
 */
export function toTenantDocument(settings: TenantSettings): { readonly [field: string]: FirestoreData } {
  return {
    ...settings,
    rules: settings.rules.map(({ params, cooldown, ...rule }) => ({
      ...rule,
      ...(params === undefined ? {} : { params: JSON.stringify(params) }),
      ...(cooldown === undefined ? {} : { cooldown }),
    })),
  };
}

/** @throws {InvalidTenantDocumentError} when the document is not what {@link toTenantDocument} made for `tenantId`. */
export function fromTenantDocument(tenantId: TenantId, document: Readonly<Record<string, unknown>>): TenantSettings {
  const { rules } = document;
  const result = TenantSettings.safeParse({
    ...document,
    ...(Array.isArray(rules) ? { rules: rules.map(withParsedParams) } : {}),
  });
  if (!result.success) throw new InvalidTenantDocumentError(`tenants/${tenantId}: ${z.prettifyError(result.error)}`);
  if (result.data.tenantId !== tenantId) {
    throw new InvalidTenantDocumentError(`tenants/${tenantId}: tenantId: is ${result.data.tenantId}`);
  }
  return result.data;
}

/** What is not JSON stays text, which the schema then refuses by name. */
function withParsedParams(rule: unknown): unknown {
  if (typeof rule !== 'object' || rule === null || !('params' in rule) || typeof rule.params !== 'string') return rule;
  try {
    return { ...rule, params: JSON.parse(rule.params) as unknown };
  } catch {
    return rule;
  }
}
