import { parseArgs } from 'node:util';
import { z } from 'zod';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { DURATION_PATTERN, parseDurationMs } from '#shared/tenancy/duration.ts';
import { TenantSettings } from '#shared/tenancy/tenant-settings.ts';

const SETTING_KEYS = [...Object.keys(TenantSettings.shape).filter((key) => key !== 'tenantId'), 'apiKeys'];

const DEFAULT_OVERLAP = '24h';
const MAX_OVERLAP_MS = parseDurationMs('90d');

export const USAGE = `Usage: npm run tenant -- onboard <tenant> [options]
       npm run tenant -- rotate-key <tenant> [options]

onboard: makes a tenant, or brings it into line with the settings given, and prints its endpoint, its API key and a first
request.

  --set <key=value>        a setting: ${SETTING_KEYS.join(', ')}; may be repeated
                           (ordering: true or false; lists and objects: JSON)
  --platform <stack>       platform stack to live on, organization/headgate-platform/stack

rotate-key: makes a new API key that may do the same as the old one, which stays valid for a while; forgets keys that have
expired. Prints the new key, and until when the old one is good.

  --key <name>             which key, by its name in the stack's apiKeys; default: the first
  --overlap <duration>     how long the old key stays valid, 0s to 90d; default: ${DEFAULT_OVERLAP}

Both:

  --local                  on the local cloud that "npm start" runs
`;

/** A tenant to be made, or brought into line. */
export interface Onboarding {
  readonly command: 'onboard';
  readonly tenantId: TenantId;
  /** By key, as they were written. */
  readonly settings: Readonly<Record<string, string>>;
  /** Full name of the platform's stack; undefined for the usual one. */
  readonly platformStack: string | undefined;
  readonly local: boolean;
}

/** A key to be replaced. */
export interface KeyRotation {
  readonly command: 'rotate-key';
  readonly tenantId: TenantId;
  /** Name of the key; undefined for the tenant's first. */
  readonly key: string | undefined;
  /** For how long the old key stays valid. */
  readonly overlapMs: number;
  readonly local: boolean;
}

/** The command line is not understood; the message says what of it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * @param argv what follows `npm run tenant --`
 * @returns what it asks for; undefined where that is help
 * @throws {UsageError}
 */
export function parseArguments(argv: readonly string[]): Onboarding | KeyRotation | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [command, tenant, ...rest] = positionals;
  if (command !== 'onboard' && command !== 'rotate-key') throw new UsageError(`unknown command "${command ?? ''}"`);
  if (tenant === undefined) throw new UsageError(`${command}: which tenant?`);
  if (rest.length > 0) throw new UsageError(`${command}: one tenant at a time, not also ${rest.join(', ')}`);
  const tenantId = TenantId.safeParse(tenant);
  if (!tenantId.success)
    throw new UsageError(`tenant "${tenant}": ${z.flattenError(tenantId.error).formErrors.join('; ')}`);
  const { set, platform, key, overlap, local } = values;
  refuse(command, command === 'onboard' ? { key, overlap } : { set, platform });
  if (command === 'rotate-key') {
    return { command, tenantId: tenantId.data, key, overlapMs: parseOverlap(overlap ?? DEFAULT_OVERLAP), local };
  }
  if (local && platform !== undefined) throw new UsageError('--platform: the local cloud has one platform');
  return {
    command,
    tenantId: tenantId.data,
    settings: Object.fromEntries((set ?? []).map(parseSetting)),
    platformStack: platform,
    local,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        set: { type: 'string', multiple: true },
        platform: { type: 'string' },
        key: { type: 'string' },
        overlap: { type: 'string' },
        local: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function refuse(command: string, options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) throw new UsageError(`--${name}: not of ${command}`);
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

function parseOverlap(overlap: string): number {
  if (/^0[smhd]?$/.test(overlap)) return 0;
  if (!DURATION_PATTERN.test(overlap)) {
    throw new UsageError(`--overlap ${overlap}: must be a whole number and a unit, such as 24h (s, m, h, d)`);
  }
  const overlapMs = parseDurationMs(overlap);
  if (overlapMs > MAX_OVERLAP_MS) throw new UsageError(`--overlap ${overlap}: must be at most 90d`);
  return overlapMs;
}
