import { Refusal } from '#shared/errors/refusals.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantSettings } from './tenant-settings.ts';
import type { TenantStore } from './tenant-store.ts';

/**
 * The settings of the tenant that a request comes from.
 *
 * @throws Refusal where there is no such tenant (any more), it is suspended, or neither can be told.
 */
export async function activeTenant(tenantId: TenantId, tenants: TenantStore): Promise<TenantSettings> {
  let settings: TenantSettings | undefined;
  try {
    settings = await tenants.get(tenantId);
  } catch (error) {
    throw new Refusal('settings_unavailable', { detail: "The tenant's settings could not be read.", cause: error });
  }
  if (settings === undefined) throw new Refusal('invalid_credentials', { detail: 'The tenant does not exist.' });
  if (settings.status === 'suspended') throw new Refusal('tenant_suspended');
  return settings;
}
