import { z } from 'zod';
import { ApiKeyName, MAX_NAME_CHARACTERS } from '#shared/auth/api-key-name.ts';
import { SCOPES } from '#shared/auth/scopes.ts';
import { ProjectId } from '#shared/naming/project-id.ts';

const MAX_KEYS = 20;

/** A key, as the tenant's stack is configured with it. */
const ConfiguredApiKey = z.strictObject({
  /** The key belongs to its name: under another name it is another key. */
  name: ApiKeyName,
  scopes: z.array(z.enum(SCOPES)).min(1),
  projectId: ProjectId.optional(),
  /** RFC 3339. Without it the key does not expire. */
  expiresAt: z.iso.datetime({ offset: true, error: 'not an RFC 3339 date-time' }).optional(),
});

export type ConfiguredApiKey = z.infer<typeof ConfiguredApiKey>;

/** `apiKeys` of a tenant's stack; the first is the one its customer is handed. */
export const ApiKeysConfig = z
  .array(ConfiguredApiKey)
  .min(1)
  .max(MAX_KEYS)
  .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, 'must have a name each of its own');

/** What a tenant has where its stack does not say. */
export const DEFAULT_API_KEYS: readonly ConfiguredApiKey[] = [
  { name: 'default', scopes: ['events:write', 'properties:write', 'analytics:read'] },
];

/** Until when what is replaced stays valid, and what replaces it. */
export interface Rotation {
  readonly keys: readonly ConfiguredApiKey[];
  /** Name of the new key. */
  readonly name: string;
  /** RFC 3339. */
  readonly previousExpiresAt: string;
}

/** There is no such key to be rotated. */
export class UnknownApiKeyError extends Error {
  override readonly name = 'UnknownApiKeyError';
}

/**
 * A stack's `apiKeys` with one more: it may do the same, for as long, as the key called `rotated` (undefined: the first),
 * which expires after `overlapMs` at the latest. Keys that have expired are left out.
 *
 * @throws {UnknownApiKeyError}
 */
export function rotateApiKey(
  keys: readonly ConfiguredApiKey[],
  rotated: string | undefined,
  nowMs: number,
  overlapMs: number,
): Rotation {
  const valid = keys.filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > nowMs);
  const old = rotated === undefined ? valid[0] : valid.find(({ name }) => name === rotated);
  if (old === undefined) {
    const names = valid.map(({ name }) => name).join(', ');
    throw new UnknownApiKeyError(
      `${rotated === undefined ? 'every key' : `no key ${rotated}, or it`} has expired; valid are: ${names || 'none'}`,
    );
  }
  const untilMs = Math.min(nowMs + overlapMs, old.expiresAt === undefined ? Infinity : Date.parse(old.expiresAt));
  const previousExpiresAt = new Date(untilMs).toISOString();
  // Of all keys, the expired ones too: a name that is used again would be the old key again.
  const name = nextName(
    old.name,
    keys.map((key) => key.name),
  );
  return {
    name,
    previousExpiresAt,
    keys: valid.flatMap((key) =>
      key === old
        ? [
            { ...old, name },
            { ...old, expiresAt: previousExpiresAt },
          ]
        : [key],
    ),
  };
}

/** `default` is followed by `default-2`, that by `default-3`. */
function nextName(name: string, taken: readonly string[]): string {
  const stem = name.replace(/-\d+$/, '');
  for (let number = 2; ; number += 1) {
    const next = `${stem.slice(0, MAX_NAME_CHARACTERS - 1 - String(number).length)}-${number}`;
    if (!taken.includes(next) && number > numberOf(name)) return next;
  }
}

function numberOf(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 1);
}
