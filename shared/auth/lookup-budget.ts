import { LRUCache } from 'lru-cache';
import { Refusal } from '#shared/errors/refusals.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

/** Tokens that are there at first and at most, and how many come back each second. */
export interface Bucket {
  readonly burst: number;
  readonly perSecond: number;
}

export interface LookupBudgetOptions {
  /** Of each tenant that credentials claim to be of. */
  readonly perTenant: Bucket;
  /** Of all of them together. */
  readonly total: Bucket;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** Bounds how often Firestore is asked about credentials that nobody has verified yet. */
export interface LookupBudget {
  /**
   * Takes one look-up.
   *
   * @throws Refusal `settings_unavailable` where none is left: whether the credential is good is not known, so it is not
   *   called invalid.
   */
  spend(claimedTenantId: TenantId): void;
}

/** A cold instance learns 500 keys at once; made-up ones cost 100 look-ups a second at most, each one or two reads. */
const DEFAULTS: LookupBudgetOptions = {
  perTenant: { burst: 50, perSecond: 10 },
  total: { burst: 500, perSecond: 100 },
};

/** A tenant whose bucket is forgotten has a full one again; what then bounds it is the total. */
const MAX_TENANTS = 10_000;

interface Level {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket for each claimed tenant and one for all. Spent only for what no cache holds: customers that an instance
 * knows are served whatever is thrown at it, and only those it has not met yet may have to ask again.
 */
export function createLookupBudget(options: LookupBudgetOptions = DEFAULTS): LookupBudget {
  const { perTenant, total, now = () => performance.now() } = options;
  const levels = new LRUCache<TenantId, Level>({ max: MAX_TENANTS });
  const all: Level = { tokens: total.burst, atMs: now() };

  return {
    spend(claimedTenantId) {
      const nowMs = now();
      let level = levels.get(claimedTenantId);
      if (level === undefined) {
        level = { tokens: perTenant.burst, atMs: nowMs };
        levels.set(claimedTenantId, level);
      }
      refill(level, perTenant, nowMs);
      refill(all, total, nowMs);
      if (level.tokens < 1 || all.tokens < 1) {
        throw new Refusal('settings_unavailable', {
          detail: 'The credential could not be checked.',
          cause: 'too many look-ups of credentials that are not known',
        });
      }
      level.tokens -= 1;
      all.tokens -= 1;
    },
  };
}

function refill(level: Level, { burst, perSecond }: Bucket, nowMs: number): void {
  level.tokens = Math.min(burst, level.tokens + ((nowMs - level.atMs) / 1000) * perSecond);
  level.atMs = nowMs;
}
