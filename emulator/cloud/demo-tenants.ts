import { ApiKeysConfig, DEFAULT_API_KEYS } from '#infra/tenant/api-keys.ts';

/** A tenant's settings as its stack's configuration has them; the tenant program validates them. */
export type TenantConfig = Readonly<Record<string, unknown>>;

/** More than one machine can send: what is measured locally is Headgate, and not the limits of a plan. */
const LOCAL_LIMITS = {
  eventsPerSecond: 200_000,
  burstEvents: 1_000_000,
  eventsPerDay: 10_000_000_000,
  eventsPerMonth: 100_000_000_000,
};

/**
 * What a local tenant starts with: types of its own pass, one rule shows what rules do, and there is a key to administer keys
 * with.
 */
export const LOCAL_TENANT_CONFIG: TenantConfig = {
  mode: 'open',
  plan: 'enterprise',
  limits: LOCAL_LIMITS,
  apiKeys: [
    ...DEFAULT_API_KEYS,
    { name: 'admin', scopes: ['events:write', 'properties:write', 'analytics:read', 'admin'] },
  ],
  rules: [
    {
      id: 'retention_offer',
      on: ['subscription.cancelled'],
      when: "profile.properties.plan == 'premium' && counts['payment.failed'].last7d >= 2",
      decide: 'retention_offer',
      cooldown: '24h',
    },
  ],
};

/** The tenants that every local cloud has. Two, so that what leaks between tenants is seen. */
export const DEMO_TENANTS = ['acme', 'globex'] as const;

/** Of a tenant's keys, by name, the first that may administer the others. */
export function adminKeyOf(config: TenantConfig, apiKeys: Readonly<Record<string, string>>): string | undefined {
  const { apiKeys: configured } = config;
  const parsed = ApiKeysConfig.safeParse(typeof configured === 'string' ? JSON.parse(configured) : configured);
  const admin = parsed.data?.find(({ scopes }) => scopes.includes('admin'));
  return admin === undefined ? undefined : apiKeys[admin.name];
}
