import { LRUCache } from 'lru-cache';
import { Refusal } from '#shared/errors/refusals.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { FairQueue } from './fair-queue.ts';
import { bucketOf, type Rate, TenantShares } from './tenant-shares.ts';

/** A credential that nobody has verified, as far as it says what it is. */
export interface Unverified {
  readonly claimedTenantId: TenantId;
  /** The same for the same credential, and for no other. */
  readonly digest: string;
}

export interface LookupsOptions {
  readonly total: Rate;
  /** Of each tenant that credentials claim to be of: first attempts, and second ones apart. */
  readonly perTenant: Rate;
  readonly maxInFlight: number;
  /** Of first attempts, and of second ones apart. */
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** Bounds what is asked of Firestore about credentials that nobody has verified yet, and shares it out. */
export interface Lookups {
  /**
   * Runs `lookUp` when the credential has its turn: at once, in the same tick, where nobody waits. Whoever comes with the
   * same credential meanwhile shares it.
   *
   * @returns settles when it is over.
   * @throws (rejects) what `lookUp` throws; Refusal `too_many_unknown_credentials` where the claimed tenant has had its
   *   share, `overloaded` where there is no place or turn for anybody more. Whether the credential is good is not known then.
   */
  run(credential: Unverified, lookUp: () => Promise<unknown>): Promise<void>;
}

/** A flood that takes all of it costs, at two reads a look-up and $0.06 for 100,000 reads, $52 a day and instance. */
const DEFAULTS: LookupsOptions = {
  total: { burst: 500, perSecond: 500 },
  // All the keys that a tenant may have.
  perTenant: { burst: 100, perSecond: 100 },
  maxInFlight: 100,
  maxWaiting: 250,
  maxWaitMs: 1_000,
};

/** Credentials that are remembered for having been refused. */
const MAX_REFUSED = 20_000;

interface Waiting extends Unverified {
  readonly begin: () => void;
  readonly refuse: (refusal: Refusal) => void;
  readonly lane: Lane;
  readonly untilMs: number;
}

/** First attempts, or second ones. */
interface Lane {
  readonly shares: TenantShares;
  readonly queue: FairQueue<Waiting>;
}

/**
 * Spent only by what no cache holds: customers that an instance knows are served whatever is thrown at it.
 *
 * Tenants take turns, so that a flood of one claimed tenant keeps no other waiting. What is refused is remembered (by its
 * digest), and who then comes again with the same credential stands in another queue, which gets every second turn, and
 * spends another share: who makes keys up does not come again with them, and the customer whose tenant he claims, or who
 * came while there was no place, does as he was told. Nothing here knows which tenants there are.
 *
 * Senders are not told apart by address: behind a load balancer the last hop is the balancer's, and what stands before it
 * in `X-Forwarded-For` anybody can write.
 */
export function createLookups(options: LookupsOptions = DEFAULTS): Lookups {
  const { maxInFlight, maxWaitMs, now = () => performance.now() } = options;
  const lane = (): Lane => ({ shares: new TenantShares(options.perTenant), queue: new FairQueue(options.maxWaiting) });
  const [first, again] = [lane(), lane()];
  const total = bucketOf(options.total, now());
  const refused = new LRUCache<string, true>({ max: MAX_REFUSED });
  /** By digest: what waits or is under way. */
  const pending = new Map<string, Promise<void>>();
  /** Of both queues, in the order in which they came. */
  const waiting = new Set<Waiting>();
  let inFlight = 0;
  let wasAgain = false;
  let timer: NodeJS.Timeout | undefined;

  async function begin(lookUp: () => Promise<unknown>): Promise<void> {
    total.take(1, now());
    inFlight++;
    try {
      await lookUp();
    } finally {
      inFlight--;
      takeTurns();
    }
  }

  function enter({ claimedTenantId, digest }: Unverified, lookUp: () => Promise<unknown>): Promise<void> {
    const nowMs = now();
    const own = refused.delete(digest) ? again : first;
    const shareInMs = own.shares.spend(claimedTenantId, nowMs);
    if (shareInMs > 0) throw overShare(shareInMs);
    if (waiting.size === 0 && inFlight < maxInFlight && total.balance(nowMs) >= 1) return begin(lookUp);

    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry: Waiting = {
      claimedTenantId,
      digest,
      begin: () => resolve(begin(lookUp)),
      refuse: reject,
      lane: own,
      untilMs: nowMs + maxWaitMs,
    };
    const pushed = own.queue.push(claimedTenantId, entry);
    if (pushed.outcome === 'full') throw noTurn();
    if (pushed.outcome === 'over_share') throw overShare(0);
    waiting.add(entry);
    if (pushed.displaced !== undefined) {
      waiting.delete(pushed.displaced);
      pushed.displaced.refuse(overShare(0));
    }
    takeTurns();
    return promise;
  }

  /** Takes out what may begin now. Each queue has every second turn where something waits in both. */
  function nextTurn(nowMs: number): Waiting | undefined {
    if (inFlight >= maxInFlight || total.balance(nowMs) < 1) return undefined;
    const next = (wasAgain ? first : again).queue.shift() ?? (wasAgain ? again : first).queue.shift();
    if (next === undefined) return undefined;
    wasAgain = next.lane === again;
    waiting.delete(next);
    return next;
  }

  function takeTurns(): void {
    clearTimeout(timer);
    const nowMs = now();
    for (let next = nextTurn(nowMs); next !== undefined; next = nextTurn(nowMs)) next.begin();
    for (const entry of waiting) {
      if (entry.untilMs > nowMs) break;
      waiting.delete(entry);
      entry.lane.queue.remove(entry.claimedTenantId, entry);
      entry.refuse(noTurn());
    }
    const [oldest] = waiting;
    if (oldest === undefined) return;
    const tokenMs = inFlight < maxInFlight ? (1 - total.balance(nowMs)) / total.perMs : Infinity;
    timer = setTimeout(takeTurns, Math.ceil(Math.min(oldest.untilMs - nowMs, tokenMs)));
  }

  async function entered(credential: Unverified, lookUp: () => Promise<unknown>): Promise<void> {
    try {
      await enter(credential, lookUp);
    } catch (error) {
      if (error instanceof Refusal) refused.set(credential.digest, true);
      throw error;
    }
  }

  return {
    run(credential, lookUp) {
      const { digest } = credential;
      const same = pending.get(digest);
      if (same !== undefined) return same;
      const outcome = entered(credential, lookUp).finally(() => pending.delete(digest));
      pending.set(digest, outcome);
      return outcome;
    },
  };
}

function overShare(waitMs: number): Refusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new Refusal('too_many_unknown_credentials', {
    detail: `The credential was not looked up; come again with the same one in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  });
}

function noTurn(): Refusal {
  return new Refusal('overloaded', { detail: 'The credential could not be checked.' });
}
