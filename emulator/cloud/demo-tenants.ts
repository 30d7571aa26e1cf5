/** A tenant's settings as its stack's configuration has them; the tenant program validates them. */
export type TenantConfig = Readonly<Record<string, unknown>>;

/** What a local tenant starts with: types of its own pass, and one rule shows what rules do. */
export const LOCAL_TENANT_CONFIG: TenantConfig = {
  mode: 'open',
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
