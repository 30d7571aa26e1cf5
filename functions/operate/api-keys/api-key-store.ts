import type { ApiKeyGrant } from '#shared/auth/api-key-document.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

/** An API key as it is stored: without the key. */
export interface StoredApiKey extends ApiKeyGrant {
  readonly sha256: string;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
  /** Who made it: the tenant's stack, or its administrators. */
  readonly managedBy: 'api' | 'stack';
}

/** A change of what is stored. */
export type ApiKeyWrite =
  | { readonly type: 'create'; readonly key: StoredApiKey }
  /** The key is good until `atMs`, and no longer, whatever its stack makes of it. */
  | { readonly type: 'end'; readonly key: StoredApiKey; readonly atMs: number };

/** What is to be written, and what to tell about it. */
export interface Decision<Result> {
  readonly writes: readonly ApiKeyWrite[];
  readonly result: Result;
}

/** The API keys of tenants. */
export interface ApiKeyStore {
  /**
   * A tenant's keys that have not expired at `nowMs`, in no order.
   *
   * @throws Refusal `api_keys_unavailable`
   */
  read(tenantId: TenantId, nowMs: number): Promise<readonly StoredApiKey[]>;
  /**
   * Writes what `decide` makes of the tenant's keys, all of it or nothing, if they are still the same by then; otherwise
   * decides again. `decide` may run several times, also where what an earlier time decided was written and only the answer
   * to that was lost: it has to recognise its own work.
   *
   * @throws Refusal `api_keys_unavailable`, where it is not known whether anything was written; and what `decide` throws.
   */
  change<Result>(
    tenantId: TenantId,
    nowMs: number,
    decide: (keys: readonly StoredApiKey[]) => Decision<Result>,
  ): Promise<Result>;
}
