import { z } from 'zod';
import { ApiKeysConfig, DEFAULT_API_KEYS, rotateApiKey } from './api-keys.ts';
import type { KeyRotation } from './cli-arguments.ts';
import type { TenantStack } from './tenant-stack.ts';

/** A new key, and until when the one that it replaces is good. */
export interface RotatedKey {
  readonly name: string;
  readonly key: string;
  /** RFC 3339. */
  readonly previousExpiresAt: string;
}

/**
 * Replaces a key of a stack: the same as writing the new list of `apiKeys` into the stack's configuration and applying it.
 * If this dies in between, the configuration has the new key, and the next `up` makes it.
 *
 * @param nowMs wall clock
 * @throws {UnknownApiKeyError}, and what the stack cannot do
 */
export async function rotateKey(
  stack: TenantStack,
  { key, overlapMs }: Pick<KeyRotation, 'key' | 'overlapMs'>,
  nowMs: number,
): Promise<RotatedKey> {
  const configured = ApiKeysConfig.safeParse((await stack.apiKeys()) ?? DEFAULT_API_KEYS);
  if (!configured.success) throw new Error(`apiKeys: ${z.prettifyError(configured.error)}`);
  const { keys, name, previousExpiresAt } = rotateApiKey(configured.data, key, nowMs, overlapMs);
  const { apiKeys } = await stack.apply({ apiKeys: keys });
  const made = apiKeys[name];
  if (made === undefined) throw new Error(`the stack was applied, but shows no key ${name}`);
  return { name, key: made, previousExpiresAt };
}
