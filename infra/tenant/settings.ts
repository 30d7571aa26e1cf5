import { type Config, RunError } from '@pulumi/pulumi';
import { z } from 'zod';
import { ApiKeysConfig, type ConfiguredApiKey, DEFAULT_API_KEYS } from './api-keys.ts';
import { shadowedTypes } from '#shared/events/tenant-types/shadowed-types.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';

/** Config keys of the tenant program that are settings, and how each is written: `pulumi config set mode open`. */
const READERS = {
  status: (config: Config) => config.get('status'),
  mode: (config: Config) => config.get('mode'),
  region: (config: Config) => config.get('region'),
  plan: (config: Config) => config.get('plan'),
  ordering: (config: Config) => config.getBoolean('ordering'),
  batching: (config: Config) => config.getObject('batching'),
  deduplication: (config: Config) => config.get('deduplication'),
  subjectRetentionDays: (config: Config) => config.getNumber('subjectRetentionDays'),
  limits: (config: Config) => config.getObject('limits'),
  issuers: (config: Config) => config.getObject('issuers'),
  members: (config: Config) => config.getObject('members'),
  eventTypes: (config: Config) => config.getObject('eventTypes'),
  rules: (config: Config) => config.getObject('rules'),
} satisfies Record<Exclude<keyof TenantSettings, 'tenantId'>, (config: Config) => unknown>;

/**
 * The tenant's settings: what the stack's configuration says, defaults for the rest.
 *
 * @param stack the stack's name, which is the tenant's id
 * @throws {RunError} naming every setting that is not valid
 */
export function readTenantSettings(stack: string, config: Config): TenantSettings {
  const configured: Record<string, unknown> = { tenantId: stack };
  for (const [key, read] of Object.entries(READERS)) {
    const setting = read(config);
    if (setting !== undefined) configured[key] = setting;
  }
  const result = TenantSettings.safeParse(configured);
  if (!result.success) throw new RunError(`tenant ${stack}: ${z.prettifyError(result.error)}`);
  const shadowed = shadowedTypes(result.data.eventTypes);
  if (shadowed.length > 0) throw new RunError(`tenant ${stack}: eventTypes: in the catalogue: ${shadowed.join(', ')}`);
  return result.data;
}

/**
 * The tenant's API keys: what the stack's configuration lists under `apiKeys`.
 *
 * @param stack the stack's name, which is the tenant's id
 * @throws {RunError} naming every field that is not valid
 */
export function readApiKeys(stack: string, config: Config): readonly ConfiguredApiKey[] {
  const configured = config.getObject('apiKeys');
  if (configured === undefined) return DEFAULT_API_KEYS;
  const result = z.object({ apiKeys: ApiKeysConfig }).safeParse({ apiKeys: configured });
  if (!result.success) throw new RunError(`tenant ${stack}: ${z.prettifyError(result.error)}`);
  return result.data.apiKeys;
}
