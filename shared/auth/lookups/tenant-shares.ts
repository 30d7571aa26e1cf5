import { LRUCache } from 'lru-cache';
import { TokenBucket } from '#shared/limits/rate/token-bucket.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';

/** Look-ups that may begin at once after a pause, and how many each second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A tenant that is forgotten has its whole share again; what then bounds it is what bounds all tenants together. */
const MAX_TENANTS = 10_000;

/** What each claimed tenant may have looked up. */
export class TenantShares {
  readonly #rate: Rate;
  readonly #shares = new LRUCache<TenantId, TokenBucket>({ max: MAX_TENANTS });

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one look-up. @returns 0; or, where nothing was left to take, in how many milliseconds there is. */
  spend(claimedTenantId: TenantId, nowMs: number): number {
    let share = this.#shares.get(claimedTenantId);
    if (share === undefined) {
      share = bucketOf(this.#rate, nowMs);
      this.#shares.set(claimedTenantId, share);
    }
    const balance = share.balance(nowMs);
    if (balance < 1) return (1 - balance) / share.perMs;
    share.take(1, nowMs);
    return 0;
  }
}

/** Full at the beginning. */
export function bucketOf({ burst, perSecond }: Rate, nowMs: number): TokenBucket {
  return new TokenBucket(perSecond / 1_000, burst, nowMs);
}
