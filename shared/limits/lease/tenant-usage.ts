import type { TenantId } from '#shared/naming/tenant-id.ts';
import { type Amounts, type Meter, METERS, metered } from '../meters.ts';
import { MAX_REQUEST, type TenantLimits } from '../plans.ts';
import { Quotas } from '../quotas.ts';
import { RateLimiter } from '../rate/rate-limiter.ts';
import { settleAtMs } from './lease-schedule.ts';
import type { Settle } from './settle-in.ts';
import { type Grant, HOLDER_EXPIRY_MS, type MeterReport, type Report } from './settle.ts';

export interface TenantUsageOptions {
  readonly tenantId: TenantId;
  readonly instanceId: string;
  readonly limits: TenantLimits;
  readonly settle: Settle;
  /** Monotonic milliseconds, and those of the calendar. */
  readonly now: () => number;
  readonly calendarMs: () => number;
  /** Nothing came for a while, and all is settled. */
  readonly onIdle: () => void;
}

/** A chunk is a second's worth of what may be let through, and a hundredth of what is left of a quota. */
const CHUNK_SECONDS = 1;
const QUOTA_CHUNK = 0.01;
/** Besides a request's worth, what an instance lets through at once before it knows its share. */
const COLD_START_SECONDS = 1;

/** What this instance has counted of events, or of their bytes. */
interface Count {
  /** Of requests that were counted and have not ended. */
  pending: number;
  used: number;
  accepted: number;
  settledUsed: number;
  settledAccepted: number;
  /** Its share of the rate. */
  perSecond: number;
  /** So much of the quotas is worth a settling. */
  quotaChunk: number;
  /** Of the report under way and those that failed before it. */
  unused: number;
}

/**
 * What one tenant uses on one instance, within the share it has of what all instances may let through.
 *
 * Nothing here waits for Firestore: requests are decided by the share that was granted last, and settled behind their backs.
 * Before the first grant the instance acts as if it were the only one. While nothing can be settled it keeps to its share;
 * what it let through within it is not held against the tenant afterwards.
 *
 * **The error.** In a time `T`, all instances together let through at most `rate · T + burst`, and besides, at the end of it,
 * what has not been settled: of each instance a chunk (a second of its share of the rate) and what came in its interval (`max(1 s,
 * instances · 0.5 s)`, and the moment in which tenants are gathered that settle together), so at most `rate · (1 s +
 * interval)`; a request (2,500 events, 10 MB); and of each instance that has just begun, a second's worth, which is owed by all.
 * None of it adds up: what is over is subtracted from what comes next.
 */
export class TenantUsage {
  readonly limiter: RateLimiter;
  readonly #quotas: Readonly<Record<Meter, Quotas>>;
  readonly #counts: Readonly<Record<Meter, Count>>;
  readonly #options: TenantUsageOptions;
  #limits: TenantLimits;
  #holders = 1;
  #failures = 0;
  #settledAtMs: number | undefined;
  #lastSuccessMs: number;
  #failingSinceMs: number | undefined;
  /** Something came, or ended, since the last settling began. */
  #isInUse = false;
  #settling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #isClosed = false;

  constructor(options: TenantUsageOptions) {
    const { limits, now, calendarMs } = options;
    this.#options = options;
    this.#limits = limits;
    this.#lastSuccessMs = now();
    this.#counts = metered((meter) => countFrom(limits[meter].perSecond));
    this.#quotas = metered(() => new Quotas(calendarMs()));
    const shares = metered((meter) => {
      const { perSecond, burst } = limits[meter];
      const balance = Math.min(burst, Math.max(MAX_REQUEST[meter], COLD_START_SECONDS * perSecond));
      return { perSecond, capacity: burst, balance };
    });
    this.limiter = new RateLimiter(shares, now());
  }

  get limits(): TenantLimits {
    return this.#limits;
  }

  quotasOf(meter: Meter): Quotas {
    return this.#quotas[meter];
  }

  /** Of requests that were counted and have not ended. */
  pendingOf(meter: Meter): number {
    return this.#counts[meter].pending;
  }

  /**
   * The other instances have shared out what this one has, since it settled nothing for so long, and not because settling
   * failed: the process stood still. Whoever goes on has to begin anew.
   */
  isForgotten(nowMs: number): boolean {
    const silentMs = (this.#failingSinceMs ?? nowMs) - this.#lastSuccessMs;
    return silentMs >= HOLDER_EXPIRY_MS && METERS.every((meter) => this.pendingOf(meter) === 0);
  }

  /** From now on other limits: at once as far as this instance's share goes, and granted anew. */
  change(limits: TenantLimits): void {
    const nowMs = this.#options.now();
    const shares = metered((meter) => {
      const count = this.#counts[meter];
      const share = count.perSecond / this.#limits[meter].perSecond;
      count.perSecond = share * limits[meter].perSecond;
      return {
        perSecond: count.perSecond,
        capacity: share * limits[meter].burst,
        balance: this.limiter.balance(meter, nowMs),
      };
    });
    this.#limits = limits;
    this.limiter.relet(shares, nowMs);
    this.#settledAtMs = undefined;
    this.#schedule();
  }

  /** So much was let through. {@link end} must follow. */
  begin(amounts: Amounts): void {
    this.#isInUse = true;
    for (const meter of METERS) {
      this.#counts[meter].used += amounts[meter];
      this.#counts[meter].pending += amounts[meter];
    }
    this.#schedule();
  }

  /** Of `amounts` that were let through, so much was accepted. */
  end(amounts: Amounts, accepted: Amounts): void {
    for (const meter of METERS) this.#counts[meter].pending -= amounts[meter];
    if (accepted.events === 0) return;
    this.#isInUse = true;
    const nowMs = this.#options.calendarMs();
    for (const meter of METERS) {
      this.#counts[meter].accepted += accepted[meter];
      this.#quotas[meter].add(accepted[meter], nowMs);
    }
    this.#schedule();
  }

  /** A request was refused: that more is wanted than there is, the other instances should know. */
  refused(): void {
    this.#isInUse = true;
    this.#schedule();
  }

  /** Settles what is not settled, and gives up the share. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#settling;
    await this.#settle(true);
  }

  #schedule(): void {
    if (this.#settling !== undefined || this.#isClosed) return;
    const nowMs = this.#options.now();
    const atMs = settleAtMs(
      {
        isWorthIt: this.#isWorth('events') || this.#isWorth('bytes'),
        settledAtMs: this.#settledAtMs,
        failures: this.#failures,
        holders: this.#holders,
      },
      nowMs,
    );
    if (atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => void this.#settle(this.#isIdle()), Math.max(0, atMs - nowMs)).unref();
  }

  #isWorth(meter: Meter): boolean {
    const { perSecond, accepted, settledAccepted, quotaChunk } = this.#counts[meter];
    return this.limiter.offered[meter] >= perSecond * CHUNK_SECONDS || accepted - settledAccepted >= quotaChunk;
  }

  #isIdle(): boolean {
    return !this.#isInUse && this.pendingOf('events') === 0;
  }

  #settle(leaves: boolean): Promise<void> {
    this.#timerAtMs = Infinity;
    this.#settling ??= this.#settleOnce(leaves).finally(() => {
      this.#settling = undefined;
      if (this.#isClosed) return;
      if (leaves && this.#isIdle()) this.#options.onIdle();
      else this.#schedule();
    });
    return this.#settling;
  }

  async #settleOnce(leaves: boolean): Promise<void> {
    const { tenantId, instanceId, settle, now } = this.#options;
    const nowMs = now();
    const report = { instanceId, leaves, ...metered((meter) => this.#report(meter, leaves, nowMs)) };
    this.#isInUse = false;
    const grant = await settle({ tenantId, report, limits: this.#limits }, this.#failures > 0);
    if (grant !== undefined) this.#learn(report, grant);
    else {
      this.#isInUse ||= METERS.some((meter) => {
        const { used, settledUsed, accepted, settledAccepted } = this.#counts[meter];
        return used > settledUsed || accepted > settledAccepted;
      });
      this.#failures++;
      this.#failingSinceMs ??= now();
    }
    this.#settledAtMs = now();
  }

  #report(meter: Meter, leaves: boolean, nowMs: number): MeterReport {
    const count = this.#counts[meter];
    const outageSeconds = this.#failingSinceMs === undefined ? 0 : (nowMs - this.#failingSinceMs) / 1_000;
    count.unused += this.limiter.takeOverflow(meter, nowMs);
    const seconds = Math.max(1, (nowMs - this.#lastSuccessMs) / 1_000);
    const { used, accepted, settledUsed, settledAccepted, unused } = count;
    const excused = Math.round(count.perSecond * outageSeconds);
    const demand = leaves ? 0 : this.limiter.offered[meter] / seconds;
    return { used, accepted, settledUsed, settledAccepted, excused, unused, demand };
  }

  #learn(report: Report, grant: Grant): void {
    const nowMs = this.#options.now();
    this.#holders = grant.holders;
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#lastSuccessMs = nowMs;
    this.limiter.startCounting();
    const shares = metered((meter) => {
      const count = this.#counts[meter];
      count.settledUsed = report[meter].used;
      count.settledAccepted = report[meter].accepted;
      count.unused = 0;
      const { perSecond, capacity, balance } = grant[meter];
      count.perSecond = perSecond;
      return { perSecond, capacity, balance: balance - (count.used - count.settledUsed) };
    });
    this.limiter.relet(shares, nowMs);
    const { day, month } = grant;
    for (const meter of METERS) {
      const [count, quotas, limits] = [this.#counts[meter], this.#quotas[meter], this.#limits[meter]];
      const unsettled = count.accepted - count.settledAccepted;
      quotas.learn({ ...grant[meter], day, month }, unsettled, this.#options.calendarMs());
      const left = Math.min(quotas.remaining('day', limits), quotas.remaining('month', limits));
      count.quotaChunk = Math.max(1, left * QUOTA_CHUNK);
    }
  }
}

function countFrom(perSecond: number): Count {
  return {
    pending: 0,
    used: 0,
    accepted: 0,
    settledUsed: 0,
    settledAccepted: 0,
    perSecond,
    quotaChunk: 1,
    unused: 0,
  };
}
