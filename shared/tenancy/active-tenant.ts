import { actorOf, type Caller } from '#shared/auth/caller.ts';
import { CREDENTIALS_NOT_VALID } from '#shared/auth/authenticator.ts';
import { Refusal } from '#shared/errors/refusals.ts';
import type { TenantSettings } from './tenant-settings.ts';
import type { TenantStore } from './tenant-store.ts';

/**
 * The settings of the tenant that a request comes from.
 *
 * @throws Refusal where there is no such tenant (any more), it is suspended, or neither can be told.
 */
export async function activeTenant(caller: Caller, tenants: TenantStore): Promise<TenantSettings> {
  let settings: TenantSettings | undefined;
  try {
    settings = await tenants.get(caller.tenantId);
  } catch (error) {
    throw new Refusal('settings_unavailable', { detail: "The tenant's settings could not be read.", cause: error });
  }
  if (settings === undefined) {
    const denial = { ...actorOf(caller), reason: 'unknown_tenant' } as const;
    throw new Refusal('invalid_credentials', { detail: CREDENTIALS_NOT_VALID, denial });
  }
  if (settings.status === 'suspended') {
    throw new Refusal('tenant_suspended', { denial: { ...actorOf(caller), reason: 'tenant_suspended' } });
  }
  return settings;
}
