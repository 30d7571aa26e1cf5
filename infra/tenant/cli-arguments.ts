import { parseArgs } from 'node:util';
import { z } from 'zod';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';

const SETTING_KEYS = Object.keys(TenantSettings.shape).filter((key) => key !== 'tenantId');

export const USAGE = `Usage: npm run tenant -- onboard <tenant> [options]

Makes a tenant, or brings it into line with the settings given, and prints its endpoint, its API key and a first request.

  --set <key=value>        a setting: ${SETTING_KEYS.join(', ')}; may be repeated
                           (ordering: true or false; lists and objects: JSON)
  --platform <stack>       platform stack to live on, organization/headgate-platform/stack
  --local                  on the local cloud that "npm start" runs
`;

/** What the command line asks for. */
export interface Onboarding {
  readonly tenantId: TenantId;
  /** By key, as they were written. */
  readonly settings: Readonly<Record<string, string>>;
  /** Full name of the platform's stack; undefined for the usual one. */
  readonly platformStack: string | undefined;
  readonly local: boolean;
}

/** The command line is not understood; the message says what of it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * @param argv what follows `npm run tenant --`
 * @returns undefined where help is asked for
 * @throws {UsageError}
 */
export function parseArguments(argv: readonly string[]): Onboarding | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [command, tenant, ...rest] = positionals;
  if (command !== 'onboard') throw new UsageError(`unknown command "${command ?? ''}"`);
  if (tenant === undefined) throw new UsageError('onboard: which tenant?');
  if (rest.length > 0) throw new UsageError(`onboard: one tenant at a time, not also ${rest.join(', ')}`);
  const tenantId = TenantId.safeParse(tenant);
  if (!tenantId.success)
    throw new UsageError(`tenant "${tenant}": ${z.flattenError(tenantId.error).formErrors.join('; ')}`);
  if (values.local && values.platform !== undefined)
    throw new UsageError('--platform: the local cloud has one platform');
  return {
    tenantId: tenantId.data,
    settings: Object.fromEntries(values.set.map(parseSetting)),
    platformStack: values.platform,
    local: values.local,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        set: { type: 'string', multiple: true, default: [] },
        platform: { type: 'string' },
        local: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function parseSetting(setting: string): [string, string] {
  const at = setting.indexOf('=');
  if (at < 1) throw new UsageError(`--set ${setting}: must be key=value`);
  const key = setting.slice(0, at);
  if (!SETTING_KEYS.includes(key))
    throw new UsageError(`--set ${key}: no such setting; there are ${SETTING_KEYS.join(', ')}`);
  return [key, setting.slice(at + 1)];
}
