import { z } from 'zod';
import platform from '#infra/platform/index.ts';
import { PLATFORM_PROJECT, PLATFORM_STACK } from '#infra/platform-outputs.ts';
import tenant from '#infra/tenant/index.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import type { AppliedResource } from './deployment.ts';
import { connectResources } from './resources/index.ts';
import { createStacks } from './stacks.ts';
import type { Targets } from './targets.ts';

const TENANT_PROJECT = 'headgate-tenant';

const TenantOutputs = z.object({
  endpoint: z.string(),
  apiKey: z.string(),
  apiKeys: z.record(z.string(), z.string()),
});

export interface AppliedTenant {
  /** Base URL the tenant's customer calls. */
  readonly endpoint: string;
  /** The first of its keys. */
  readonly apiKey: string;
  /** All of them, by name. */
  readonly apiKeys: Readonly<Record<string, string>>;
  readonly resources: readonly AppliedResource[];
}

/** Applies the programs of `infra`, as they are, to local servers. Remembers what it applied, so that again changes nothing. */
export interface Applier {
  applyPlatform(
    onProgress?: (resource: AppliedResource) => void,
  ): Promise<{ readonly resources: readonly AppliedResource[] }>;
  /**
   * Makes a tenant, or brings it into line. After {@link applyPlatform}.
   *
   * @param settings by the keys of the tenant's stack configuration; the tenant program validates them
   * @throws naming the setting or the resource that is wrong
   */
  applyTenant(
    tenantId: TenantId,
    settings: Readonly<Record<string, unknown>>,
    onProgress?: (resource: AppliedResource) => void,
  ): Promise<AppliedTenant>;
  close(): Promise<void>;
}

export function createApplier(targets: Targets): Applier {
  const local = connectResources(targets);
  const stacks = createStacks({ handlers: local.handlers });
  const shared = { 'gcp:project': targets.projectId };
  return {
    applyPlatform: (onProgress) =>
      stacks.up({
        project: PLATFORM_PROJECT,
        stack: PLATFORM_STACK,
        program: platform,
        config: {
          ...shared,
          [`${PLATFORM_PROJECT}:image`]: 'local',
          [`${PLATFORM_PROJECT}:pushAudience`]: targets.apiUrl,
        },
        ...(onProgress && { onProgress }),
      }),
    async applyTenant(tenantId, settings, onProgress) {
      const { outputs, resources } = await stacks.up({
        project: TENANT_PROJECT,
        stack: tenantId,
        program: tenant,
        config: { ...shared, ...stackConfig(settings) },
        ...(onProgress && { onProgress }),
      });
      const known = TenantOutputs.safeParse(outputs);
      if (!known.success) throw new Error(`outputs of tenant ${tenantId}: ${z.prettifyError(known.error)}`);
      return { ...known.data, resources };
    },
    close: () => local.close(),
  };
}

/** As `pulumi config set` stores it: text as it is, anything else as JSON. */
function stackConfig(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [
      `${TENANT_PROJECT}:${key}`,
      typeof setting === 'string' ? setting : JSON.stringify(setting),
    ]),
  );
}
